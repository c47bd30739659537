"""Create the service users, the catalog, the demo project and its user; finish clouds.yaml."""
import os
import sys

import openstack
import yaml

src, dst, *ports = sys.argv[1:]
glance, placement, nova, neutron, cinder, barbican, swift, octavia = ports
host = os.environ['OSLAB_HOST']
url = 'http://' + host + ':'
config = yaml.safe_load(open(src))


def connect(name):
    auth = config['clouds'][name]['auth']
    return openstack.connect(region_name='RegionOne', **auth)


conn = connect('scs-lab-admin')
ident = conn.identity
roles = {r.name: r.id for r in ident.roles()}
for name in ('service', 'member', 'reader', 'creator', 'load-balancer_member'):
    if name not in roles:
        roles[name] = ident.create_role(name=name).id
projects = {p.name: p.id for p in ident.projects()}
for name in ('service', 'scs-demo'):
    if name not in projects:
        projects[name] = ident.create_project(name=name, domain_id='default').id
users = {u.name: u.id for u in ident.users(domain_id='default')}


def user(name, password, project, *role_names):
    if name not in users:
        users[name] = ident.create_user(
            name=name, password=password, domain_id='default',
            default_project_id=projects[project]).id
    for r in role_names:
        ident.assign_project_role_to_user(projects[project], users[name], roles[r])


for name in ('glance', 'placement', 'nova', 'neutron', 'cinder', 'barbican', 'swift', 'octavia'):
    user(name, os.environ['PW_SERVICE'], 'service', 'admin', 'service')
user('scs', os.environ['PW_DEMO'], 'scs-demo', 'member', 'load-balancer_member')
user('scs-reader', os.environ['PW_DEMO'], 'scs-demo', 'reader')   # too few rights: refused by the suite

catalog = [
    ('glance', 'image', url + glance),
    ('placement', 'placement', url + placement),
    ('nova', 'compute', url + nova + '/v2.1'),
    ('neutron', 'network', url + neutron),
    ('cinderv3', 'volumev3', url + cinder + '/v3/%(project_id)s'),
    ('barbican', 'key-manager', url + barbican),
    ('swift', 'object-store', url + swift + '/v1/AUTH_%(project_id)s'),
    ('s3', 'object-store-s3', url + swift),
    ('octavia', 'load-balancer', url + octavia),
]
services = {s.type: s.id for s in ident.services()}
have = {(e.service_id, e.interface) for e in ident.endpoints()}
for name, stype, endpoint in catalog:
    if stype not in services:
        services[stype] = ident.create_service(name=name, type=stype).id
    for interface in ('public', 'internal', 'admin'):
        if (services[stype], interface) not in have:
            ident.create_endpoint(service_id=services[stype], interface=interface,
                                  url=endpoint, region_id='RegionOne')

old = {}
if os.path.exists(dst):
    old = yaml.safe_load(open(dst))['clouds'].get('scs-lab-appcred') or {}
demo = connect('scs-lab')
me = demo.current_user_id
mine = {a.name: a.id for a in demo.identity.application_credentials(me)}
if not old or 'scs-lab' not in mine:
    if 'scs-lab' in mine:
        demo.identity.delete_application_credential(me, mine['scs-lab'])
    ac = demo.identity.create_application_credential(
        me, 'scs-lab', roles=[{'name': 'member'}, {'name': 'load-balancer_member'}])
    old = {'region_name': 'RegionOne', 'auth_type': 'v3applicationcredential',
           'auth': {'auth_url': config['clouds']['scs-lab']['auth']['auth_url'],
                    'application_credential_id': ac.id,
                    'application_credential_secret': ac.secret}}
config['clouds']['scs-lab-appcred'] = old
with open(dst + '.tmp', 'w') as f:
    os.chmod(f.fileno(), 0o600)
    yaml.safe_dump(config, f, sort_keys=False)
os.rename(dst + '.tmp', dst)
os.unlink(src)
