"""Put the second host into a zone of its own, or remove it, its services and the zone.

The first host has an aggregate of its zone as well: Nova places a server for which the zone `nova` is asked for on any host as long
as no aggregate is that zone.
"""
import os
import sys
import time

import openstack

HOST, ZONE = 'oslab-b', 'scs-b'
FIRST_ZONE = 'nova'

os.environ['OS_CLIENT_CONFIG_FILE'] = sys.argv[1]
conn = openstack.connect(cloud='scs-lab-admin')


def services():
    return [(api, one) for api in (conn.compute, conn.block_storage) for one in api.services() if one.host.startswith(HOST)]


def put(host, zone, end):
    found = [one for one in conn.compute.aggregates() if one.name == zone]
    aggregate = found[0] if found else conn.compute.create_aggregate(name=zone, availability_zone=zone)
    while time.time() < end:
        try:
            if host not in (conn.compute.get_aggregate(aggregate.id).hosts or []):
                conn.compute.add_host_to_aggregate(aggregate.id, host)
            break
        except openstack.exceptions.NotFoundException:
            time.sleep(1)  # the host is not discovered yet


def add():
    end = time.time() + 90
    while sum(one.state == 'up' for _, one in services()) < 2 and time.time() < end:
        time.sleep(1)
    first = next(one.host for one in conn.compute.services(binary='nova-compute') if one.host != HOST)
    for host, zone in ((first, FIRST_ZONE), (HOST, ZONE)):
        put(host, zone, end)
    zones = {one.name for one in conn.compute.availability_zones()}
    zones &= {one.name for one in conn.block_storage.availability_zones()}
    if ZONE not in zones:
        sys.exit(f'the zone {ZONE} is not there')


def remove():
    for aggregate in conn.compute.aggregates():
        if aggregate.name in (FIRST_ZONE, ZONE):
            for host in aggregate.hosts or []:
                conn.compute.remove_host_from_aggregate(aggregate.id, host)
            conn.compute.delete_aggregate(aggregate.id)
    for service in conn.compute.services(host=HOST):
        conn.compute.delete_service(service)


add() if sys.argv[2] == '2' else remove()
