"""Record what the services of the lab answer to a member, as the yardstick of the simulated cloud.

    . ./env.sh; OS_CLIENT_CONFIG_FILE=$OSLAB_ROOT/clouds.yaml "$VENV/bin/python" record.py ../../fixtures/recorded

Only GETs and token requests; nothing in the lab changes. One file per request: what was asked, and status, the headers
a client may look at, and body of the answer. Secrets, tokens and addresses of the lab are replaced before anything is
written. `src/simcloud/tests/honesty.rs` sends the same requests to the simulated cloud and compares.
"""
import datetime
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import re
import sys
from urllib.parse import urlsplit

import yaml

OUT = pathlib.Path(sys.argv[1])
CLOUDS = yaml.safe_load(open(os.environ['OS_CLIENT_CONFIG_FILE']))['clouds']
PASSWORD = CLOUDS['scs-lab']['auth']
APPCRED = CLOUDS['scs-lab-appcred']['auth']
KEPT = {'content-type', 'vary', 'www-authenticate', 'x-openstack-request-id', 'x-compute-request-id', 'location', 'allow',
        'openstack-api-version', 'x-openstack-nova-api-version', 'x-subject-token', 'x-amz-request-id', 'x-trans-id'}
JSON = {'content-type': 'application/json'}


def send(url, method, headers, body):
    """One request; status, headers with lower-case names (repeated ones joined), and body."""
    parts = urlsplit(url)
    conn = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    target = parts.path + ('?' + parts.query if parts.query else '')
    conn.request(method, target, body=json.dumps(body) if body is not None else None, headers=headers)
    answer = conn.getresponse()
    kept = {}
    for name, value in answer.getheaders():
        kept[name.lower()] = kept[name.lower()] + ', ' + value if name.lower() in kept else value
    return answer.status, kept, answer.read().decode()


def password(scope=True, **changes):
    user = {'name': PASSWORD['username'], 'domain': {'name': 'Default'}, 'password': PASSWORD['password'], **changes}
    auth = {'identity': {'methods': ['password'], 'password': {'user': user}}}
    if scope:
        auth['scope'] = {'project': {'name': PASSWORD['project_name'], 'domain': {'name': 'Default'}}}
    else:
        auth['scope'] = 'unscoped'
    return {'auth': auth}


def appcred(**changes):
    given = {'id': APPCRED['application_credential_id'], 'secret': APPCRED['application_credential_secret'], **changes}
    return {'auth': {'identity': {'methods': ['application_credential'], 'application_credential': given}}}


def by_token(token):
    return {'auth': {'identity': {'methods': ['token'], 'token': {'id': token}}}}


def issue(body):
    status, headers, text = send(PASSWORD['auth_url'] + '/auth/tokens', 'POST', JSON, body)
    assert status == 201, (status, text)
    return headers['x-subject-token'], json.loads(text)['token']


scoped, token = issue(password())
unscoped, _ = issue(password(scope=False))
TOKENS = {'valid': scoped, 'unscoped': unscoped, 'unknown': 'gAAAAABunknown'}
project = token['project']['id']
roots = {'identity': PASSWORD['auth_url'].removesuffix('/v3')}
for entry in token['catalog']:
    for endpoint in entry['endpoints']:
        if endpoint['interface'] == 'public':
            roots[entry['type']] = re.sub(r'/v\d.*$', '', endpoint['url'])
SECRETS = {PASSWORD['password']: '<password>', APPCRED['application_credential_secret']: '<secret>',
           scoped: '<token>', unscoped: '<token>'}


def clean(text):
    for secret, name in SECRETS.items():
        text = text.replace(secret, name)
    text = re.sub(r'gAAAA(?!ABunknown)[\w-]{20,}', '<token>', text)
    for name, root in sorted(roots.items(), key=lambda pair: pair[0] == 'object-store'):
        text = text.replace(root, 'http://cloud.example/' + name)
        text = text.replace(urlsplit(root).netloc, 'cloud.example')
    return text


def record(name, service, path, token=None, method='GET', headers=None, body=None):
    sent = dict(headers or {})
    if token:
        sent['x-auth-token'] = TOKENS[token]
    status, got, text = send(roots[service] + path, method, {**sent, **(JSON if body else {})}, body)
    try:
        answer = json.loads(clean(text))
    except ValueError:
        answer = clean(text)
    entry = {
        'service': service, 'method': method, 'path': path, 'token': token, 'request_headers': headers or {},
        'request_body': body, 'status': status,
        'headers': {k: v for k, v in sorted(got.items()) if k in KEPT}, 'body': answer,
    }
    text = clean(json.dumps(entry, indent=1, ensure_ascii=False))
    for secret in SECRETS:
        assert secret not in text, name
    (OUT / f'{name}.json').write_text(text + '\n')
    print(status, name)
    return answer


def signed(key, region):
    """Headers of an S3 ListBuckets, signed with an empty secret as today's suite does."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime('%Y%m%dT%H%M%SZ')
    host, empty = urlsplit(roots['object-store-s3']).netloc, hashlib.sha256(b'').hexdigest()
    names = 'host;x-amz-content-sha256;x-amz-date'
    canonical = f'GET\n/\n\nhost:{host}\nx-amz-content-sha256:{empty}\nx-amz-date:{now}\n\n{names}\n{empty}'
    scope = f'{now[:8]}/{region}/s3/aws4_request'
    to_sign = f'AWS4-HMAC-SHA256\n{now}\n{scope}\n' + hashlib.sha256(canonical.encode()).hexdigest()
    mac = b'AWS4'
    for part in (now[:8], region, 's3', 'aws4_request', to_sign):
        mac = hmac.new(mac, part.encode(), hashlib.sha256).digest()
    return {'x-amz-date': now, 'x-amz-content-sha256': empty, 'authorization':
            f'AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names}, Signature={mac.hex()}'}


def identity():
    tokens = '/v3/auth/tokens'
    record('identity-versions', 'identity', '/')
    record('identity-v3', 'identity', '/v3')
    record('identity-v2-unknown', 'identity', '/v2.0')
    for name, body in {
        'password': password(), 'password-unscoped': password(scope=False), 'appcred': appcred(),
        'appcred-by-name': {'auth': {'identity': {'methods': ['application_credential'], 'application_credential': {
            'name': 'scs-lab', 'secret': APPCRED['application_credential_secret'],
            'user': {'name': PASSWORD['username'], 'domain': {'name': 'Default'}}}}}},
        'token': by_token(scoped), 'password-wrong': password(password='wrong'), 'user-unknown': password(name='nobody'),
        'appcred-wrong': appcred(secret='wrong'), 'appcred-unknown': appcred(id='0' * 32), 'token-unknown': by_token('unknown'),
        'appcred-scoped': {'auth': {**appcred()['auth'], 'scope': {'project': {'id': project}}}},
        'no-identity': {'auth': {}}, 'no-domain': {'auth': {'identity': {'methods': ['password'], 'password': {
            'user': {'name': 'scs', 'password': 'wrong'}}}}},
        'method-unknown': {'auth': {'identity': {'methods': ['magic']}}},
    }.items():
        record(f'token-{name}', 'identity', tokens, method='POST', body=body)
    record('token-nocatalog', 'identity', tokens + '?nocatalog', method='POST', body=password())
    record('token-self-unknown', 'identity', tokens, 'unknown', headers={'x-subject-token': 'unknown'})
    record('catalog', 'identity', '/v3/auth/catalog', 'valid')
    record('auth-projects', 'identity', '/v3/auth/projects', 'valid')
    record('projects-forbidden', 'identity', '/v3/projects', 'valid')


def image():
    record('image-versions', 'image', '/')
    record('image-v2', 'image', '/v2', 'valid')
    images = record('images', 'image', '/v2/images', 'valid')['images']
    for name, query in {
        'page-1': 'limit=2&member_status=all', 'page-last': f'limit=2&member_status=all&marker={images[-2]["id"]}',
        'full-page': f'limit={len(images)}', 'sorted': 'sort=name:asc', 'none': 'limit=0', 'hidden': 'os_hidden=true',
        'negative': 'limit=-1', 'nonsense': 'limit=x', 'marker-unknown': 'marker=nope', 'visibility-unknown': 'visibility=some',
        'sort-unknown': 'sort=taste', 'community': 'visibility=community', 'distro': 'os_distro=debian',
        'hidden-nonsense': 'os_hidden=maybe', 'member-status-unknown': 'member_status=some',
    }.items():
        record(f'images-{name}', 'image', '/v2/images?' + query, 'valid')
    record('image-show', 'image', '/v2/images/' + images[0]['id'], 'valid')
    record('image-unknown', 'image', '/v2/images/00000000-0000-0000-0000-000000000000', 'valid')
    record('image-resource-unknown', 'image', '/v2/nothing', 'valid')
    record('images-no-token', 'image', '/v2/images')
    record('images-token-unknown', 'image', '/v2/images', 'unknown')
    record('images-unscoped', 'image', '/v2/images', 'unscoped')


def compute():
    detail, version = '/v2.1/flavors/detail', 'openstack-api-version'
    for name, path in {'compute-versions': '/', 'compute-v2.1': '/v2.1', 'compute-v2': '/v2'}.items():
        record(name, 'compute', path)
    flavors = record('flavors-detail-2.61', 'compute', detail, 'valid', headers={version: 'compute 2.61'})['flavors']
    record('flavors-detail-2.1', 'compute', detail, 'valid')
    for wanted in ('2.55', '2.75', '2.102', '2.999', '2.0', 'abc', 'latest'):
        record(f'flavors-version-{wanted}', 'compute', detail + '?limit=1', 'valid', headers={version: 'compute ' + wanted})
    record('flavors-version-legacy', 'compute', detail + '?limit=1', 'valid', headers={'x-openstack-nova-api-version': '2.61'})
    record('flavors-version-other', 'compute', detail + '?limit=1', 'valid', headers={version: 'volume 3.70'})
    record('flavors-version-both', 'compute', detail + '?limit=1', 'valid', headers={version: 'volume 3.70, compute 2.61'})
    for name, query in {
        'page-last': f'limit=2&marker={flavors[-2]["id"]}', 'full-page': f'limit={len(flavors)}', 'none': 'limit=0',
        'negative': 'limit=-1', 'marker-unknown': 'marker=nope', 'query-unknown': 'limit=1&taste=1',
    }.items():
        record(f'flavors-{name}', 'compute', detail + '?' + query, 'valid')
    record('flavors-query-unknown-2.75', 'compute', detail + '?taste=1', 'valid', headers={version: 'compute 2.75'})
    record('flavors-short', 'compute', '/v2.1/flavors?limit=1', 'valid')
    record('flavor-show', 'compute', '/v2.1/flavors/' + flavors[0]['id'], 'valid')
    record('flavor-extra-specs', 'compute', f'/v2.1/flavors/{flavors[0]["id"]}/os-extra_specs', 'valid')
    record('flavor-unknown', 'compute', '/v2.1/flavors/nope', 'valid')
    record('compute-resource-unknown', 'compute', '/v2.1/nothing', 'valid')
    record('flavors-no-token', 'compute', detail, headers={version: 'compute 2.999'})
    record('flavors-token-unknown', 'compute', detail, 'unknown')
    record('flavors-unscoped', 'compute', detail + '?limit=1', 'unscoped')


def volume():
    types, version = f'/v3/{project}/types', 'openstack-api-version'
    record('volume-versions', 'volumev3', '/')
    record('volume-v3-no-token', 'volumev3', '/v3')
    record('volume-v3', 'volumev3', '/v3/', 'valid')
    listed = record('types', 'volumev3', types, 'valid')['volume_types']
    record('types-without-project', 'volumev3', '/v3/types', 'valid')
    for name, query in {
        'page-1': 'limit=1', 'page-last': f'limit=2&marker={listed[-2]["id"]}', 'full-page': f'limit={len(listed)}',
        'none': 'limit=0', 'negative': 'limit=-1', 'nonsense': 'limit=x', 'marker-unknown': 'marker=nope',
    }.items():
        record(f'types-{name}', 'volumev3', types + '?' + query, 'valid')
    for wanted in ('volume 3.67', 'volume 3.999', 'volume x', 'compute 2.61', 'compute 2.61, volume 3.67'):
        name = re.sub(r'\W+', '-', wanted)
        record(f'types-version-{name}', 'volumev3', types, 'valid', headers={version: wanted})
    record('type-show', 'volumev3', f'{types}/{listed[0]["id"]}', 'valid')
    record('type-unknown', 'volumev3', f'{types}/nope', 'valid')
    record('types-foreign-project', 'volumev3', f'/v3/{"0" * 32}/types', 'valid')
    record('volume-resource-unknown', 'volumev3', f'/v3/{project}/nothing', 'valid')
    record('types-no-token', 'volumev3', types)
    record('types-token-unknown', 'volumev3', types, 'unknown')
    record('types-unscoped', 'volumev3', types, 'unscoped')


def network():
    rules = '/v2.0/default-security-group-rules'
    record('network-versions', 'network', '/')
    record('network-v2.0-no-token', 'network', '/v2.0')
    record('network-v2.0-no-slash', 'network', '/v2.0', 'valid')
    listed = record('default-rules', 'network', rules, 'valid')['default_security_group_rules']
    for name, query in {
        'page-1': 'limit=1', 'page-last': f'limit=2&marker={listed[-2]["id"]}', 'page-beyond': f'limit=2&marker={listed[-1]["id"]}',
        'nonsense': 'limit=x', 'filtered': 'direction=ingress&fields=id', 'query-unknown': 'taste=1',
        'marker-unknown': f'marker={"0" * 8}-0000-0000-0000-{"0" * 12}',
    }.items():
        record(f'default-rules-{name}', 'network', f'{rules}?{query}', 'valid')
    record('default-rule-unknown', 'network', rules + '/nope', 'valid')
    record('network-resource-unknown', 'network', '/v2.0/nothing', 'valid')
    record('extension', 'network', '/v2.0/extensions/security-groups-default-rules', 'valid')
    record('extension-unknown', 'network', '/v2.0/extensions/nope', 'valid')
    record('default-rules-no-token', 'network', rules)
    record('default-rules-token-unknown', 'network', rules, 'unknown')
    record('default-rules-unscoped', 'network', rules, 'unscoped')


def object_store():
    record('swift-no-token', 'object-store', f'/v1/AUTH_{project}')
    record('swift-account', 'object-store', f'/v1/AUTH_{project}', 'valid')
    record('s3-key-unknown', 'object-store-s3', '/', headers=signed('doesnotexist', 'us-east-1'))
    record('s3-region-wrong', 'object-store-s3', '/', headers=signed('doesnotexist', 'RegionOne'))
    record('s3-unsigned', 'object-store-s3', '/')


OUT.mkdir(parents=True, exist_ok=True)
for old in OUT.glob('*.json'):
    old.unlink()
for part in (identity, image, compute, volume, network, object_store):
    part()
