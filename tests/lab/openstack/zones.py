"""Put the second host into a zone of its own, or remove it, its services and the zone."""
import os
import sys
import time

import openstack

HOST, ZONE = 'oslab-b', 'scs-b'

os.environ['OS_CLIENT_CONFIG_FILE'] = sys.argv[1]
conn = openstack.connect(cloud='scs-lab-admin')


def services():
    return [(api, one) for api in (conn.compute, conn.block_storage) for one in api.services() if one.host.startswith(HOST)]


def add():
    end = time.time() + 90
    while sum(one.state == 'up' for _, one in services()) < 2 and time.time() < end:
        time.sleep(1)
    found = [one for one in conn.compute.aggregates() if one.name == ZONE]
    aggregate = found[0] if found else conn.compute.create_aggregate(name=ZONE, availability_zone=ZONE)
    while time.time() < end:
        try:
            if HOST not in (conn.compute.get_aggregate(aggregate.id).hosts or []):
                conn.compute.add_host_to_aggregate(aggregate.id, HOST)
            break
        except openstack.exceptions.NotFoundException:
            time.sleep(1)  # the host is not discovered yet
    zones = {one.name for one in conn.compute.availability_zones()}
    zones &= {one.name for one in conn.block_storage.availability_zones()}
    if ZONE not in zones:
        sys.exit(f'the zone {ZONE} is not there')


def remove():
    for aggregate in conn.compute.aggregates():
        if aggregate.name == ZONE:
            for host in aggregate.hosts or []:
                conn.compute.remove_host_from_aggregate(aggregate.id, host)
            conn.compute.delete_aggregate(aggregate.id)
    for service in conn.compute.services(host=HOST):
        conn.compute.delete_service(service)


add() if sys.argv[2] == '2' else remove()
