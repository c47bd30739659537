#!/bin/bash
# Starts an OpenStack control plane on loopback: Keystone, Glance, Placement, Nova with a fake
# hypervisor, Neutron without agents, Cinder on files, Barbican, Swift with s3api, Octavia's API.
#
# Run it as often as you like: it installs, configures and starts what is missing, and leaves
# alone what runs. Needs root on a Debian machine (packages only); everything it makes stands
# below $OSLAB_ROOT (/tmp/oslab). README.md says more, down.sh stops it.
#
#   OSLAB_S3=rgw|swift     what S3 answers to an unknown access key: as Ceph's RGW does
#                          (InvalidAccessKeyId) or as Swift's own s3api (SignatureDoesNotMatch).
#                          Remembered; a change restarts the proxy of Swift. At first: swift
#   OSLAB_ZONES=2          a second availability zone of compute and storage, scs-b: one more host of
#                          each, and Nova attaches no volume of another zone. OSLAB_CROSS_ATTACH=1:
#                          it does. Remembered; a change restarts Nova's API and compute hosts
#   OSLAB_SKIP="octavia swift"   leaves services out
#   OSLAB_PYTHON=python3.11      the Python to build the virtual environment with
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=env.sh
. "$(dirname "$0")/env.sh"
SKIP=" ${OSLAB_SKIP:-} "
umask 022
mkdir -p "$ETC" "$LOGS" "$PIDS" "$STATE" "$OSLAB_ROOT"/{mysql,rabbit,images,volumes,backup,swift/dev/d1}
T0=$(date +%s)
# Two at a time would trip over each other; the services must not inherit the lock, see `start`.
exec 9>"$OSLAB_ROOT/lock"
flock -n 9 || { echo "another up.sh or down.sh is at work in $OSLAB_ROOT" >&2; exit 1; }

S3=${OSLAB_S3:-$(cat "$STATE/s3" 2>/dev/null || echo swift)}
case $S3 in rgw | swift) ;; *) echo "OSLAB_S3 is rgw or swift, not $S3" >&2; exit 2 ;; esac
ZONES=${OSLAB_ZONES:-$(cat "$STATE/zones" 2>/dev/null || echo 1)}
case $ZONES in 1 | 2) ;; *) echo "OSLAB_ZONES is 1 or 2, not $ZONES" >&2; exit 2 ;; esac
CROSS=${OSLAB_CROSS_ATTACH:-$(cat "$STATE/cross" 2>/dev/null || echo 0)}
[ "$ZONES" = 1 ] && CROSS=1
say() { printf '[%4ds] %s\n' $(( $(date +%s) - T0 )) "$*"; }
skip() { [[ $SKIP == *" $1 "* ]]; }

# ---------------------------------------------------------------- packages
need=()
for p in rabbitmq-server memcached mariadb-server qemu-utils liberasurecode1 jq; do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || need+=("$p")
done
if [ ${#need[@]} -gt 0 ]; then
    [ "$(id -u)" = 0 ] || { echo "needs root to install ${need[*]}" >&2; exit 1; }
    say "apt-get install ${need[*]}"
    # the packages must not start their own copies of the daemons
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod 755 /usr/sbin/policy-rc.d
    fi
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${need[@]}"; } >"$LOGS/apt.log" 2>&1 ||
        { say "apt-get failed, see $LOGS/apt.log"; tail -5 "$LOGS/apt.log"; exit 1; }
    [ -z "$(trap -p EXIT)" ] || { rm -f /usr/sbin/policy-rc.d; trap - EXIT; }
fi

# ---------------------------------------------------------------- python
PY=${OSLAB_PYTHON:-}
if [ -z "$PY" ]; then
    for c in python3.11 python3; do
        if command -v "$c" >/dev/null && "$c" -c 'import venv, ensurepip' 2>/dev/null; then PY=$c; break; fi
    done
fi
[ -n "$PY" ] || { echo "no Python with venv; set OSLAB_PYTHON" >&2; exit 1; }
want=$(cat "$LAB_DIR/requirements.txt" "$LAB_DIR"/drivers/pyproject.toml "$LAB_DIR"/drivers/oslab_drivers/{,nova_virt/}*.py | sha256sum)
if [ "$(cat "$VENV/.oslab-stamp" 2>/dev/null)" != "$want" ]; then
    say "python packages into $VENV ($("$PY" --version))"
    [ -x "$OSLAB_ROOT/uvenv/bin/uv" ] || { "$PY" -m venv "$OSLAB_ROOT/uvenv"; "$OSLAB_ROOT/uvenv/bin/pip" install -q uv; }
    UV=$OSLAB_ROOT/uvenv/bin/uv
    [ -x "$VENV/bin/python" ] || "$UV" venv -q --python "$PY" "$VENV"
    rm -rf "$OSLAB_ROOT/drivers-build"
    cp -r "$LAB_DIR/drivers" "$OSLAB_ROOT/drivers-build"
    VIRTUAL_ENV=$VENV "$UV" pip install -r "$LAB_DIR/requirements.txt" >"$LOGS/pip.log" 2>&1
    VIRTUAL_ENV=$VENV "$UV" pip install --reinstall-package oslab-drivers "$OSLAB_ROOT/drivers-build" >>"$LOGS/pip.log" 2>&1
    echo "$want" >"$VENV/.oslab-stamp"
fi
export PATH=$VENV/bin:/usr/lib/rabbitmq/bin:/usr/sbin:/usr/bin:/sbin:/bin

# ---------------------------------------------------------------- secrets
if [ ! -s "$ETC/secrets.env" ]; then
    ( umask 077
      for n in ADMIN SERVICE DEMO DB; do echo "PW_$n=$(openssl rand -hex 12)"; done
      echo "KEK=$(python -c 'from cryptography.fernet import Fernet as F; print(F.generate_key().decode())')"
    ) >"$ETC/secrets.env"
    chmod 600 "$ETC/secrets.env"
fi
# shellcheck disable=SC1091  # written above
. "$ETC/secrets.env"
AUTH_URL=http://$HOST:$P_KEYSTONE/v3
RABBIT=rabbit://guest:guest@$HOST:$P_RABBIT/

# ---------------------------------------------------------------- process handling
start() { # name command...
    local name=$1 p; shift
    alive "$name" && return 0
    setsid nohup "$@" >>"$LOGS/$name.log" 2>&1 </dev/null 9>&- &
    p=$!
    echo "$p $(starttime "$p")" >"$PIDS/$name.pid"
    say "start $name"
}
wait_port() { # name port seconds
    local i
    for ((i = 0; i < $3 * 5; i++)); do
        # a foreign process on our port answers as well, but then ours is dead
        alive "$1" && (exec 3<>"/dev/tcp/$HOST/$2") 2>/dev/null && return 0
        alive "$1" || { say "$1 died, see $LOGS/$1.log"; tail -5 "$LOGS/$1.log"; return 1; }
        sleep 0.2
    done
    say "$1 does not answer on $2, see $LOGS/$1.log"; return 1
}
wsgi() { # name port module [extra uwsgi args]
    local name=$1 port=$2 module=$3; shift 3
    start "$name" uwsgi --http-socket "$HOST:$port" --module "$module:application" \
        --processes 1 --threads 4 --enable-threads --lazy-apps --die-on-term --need-app \
        --buffer-size 65535 --http-chunked-input --add-header 'Connection: close' \
        --procname-prefix "$name " --disable-logging --log-5xx --log-4xx "$@"
}

# ---------------------------------------------------------------- configuration
authtoken() { cat <<X
auth_type = password
auth_url = $AUTH_URL
username = $1
password = $PW_SERVICE
project_name = service
user_domain_name = Default
project_domain_name = Default
region_name = RegionOne
X
}
common() { # user
    cat <<X
[keystone_authtoken]
www_authenticate_uri = $AUTH_URL
memcached_servers = $HOST:$P_MEMCACHED
service_token_roles = service
service_token_roles_required = true
$(authtoken "$1")
[service_user]
send_service_user_token = true
$(authtoken "$1")
[oslo_concurrency]
lock_path = $STATE/$1/lock
[oslo_messaging_notifications]
driver = noop
[oslo_messaging_rabbit]
rabbit_quorum_queue = false
[privsep]
helper_command = $VENV/bin/privsep-helper
[oslo_middleware]
enable_proxy_headers_parsing = true
X
}
# shellcheck disable=SC2153  # from secrets.env
db() { echo "mysql+pymysql://oslab:$PW_DB@$HOST:$P_DB/$1?charset=utf8mb4"; }
for s in keystone glance placement nova neutron cinder barbican octavia swift; do mkdir -p "$ETC/$s" "$STATE/$s/lock"; done

cat >"$ETC/keystone/keystone.conf" <<X
[DEFAULT]
use_stderr = true
[database]
connection = $(db keystone)
max_pool_size = 5
[token]
provider = fernet
[fernet_tokens]
key_repository = $ETC/keystone/fernet
[credential]
key_repository = $ETC/keystone/credential
# Not memcached: its client is not safe with threads, and answers a look-up of one domain with another one.
[cache]
enabled = true
backend = dogpile.cache.memory
X

cp "$VENV/etc/glance/glance-api-paste.ini" "$ETC/glance/"
cat >"$ETC/glance/glance-api.conf" <<X
[DEFAULT]
enabled_backends = file:file
transport_url = $RABBIT
worker_self_reference_url = http://$HOST:$P_GLANCE
enabled_import_methods = [glance-direct]
[glance_store]
default_backend = file
[file]
filesystem_store_datadir = $OSLAB_ROOT/images
[os_glance_staging_store]
filesystem_store_datadir = $STATE/glance/staging
[os_glance_tasks_store]
filesystem_store_datadir = $STATE/glance/tasks
[database]
connection = $(db glance)
[paste_deploy]
flavor = keystone
config_file = $ETC/glance/glance-api-paste.ini
$(common glance)
X
mkdir -p "$STATE"/glance/{staging,tasks}

cat >"$ETC/placement/placement.conf" <<X
[DEFAULT]
use_stderr = true
[placement_database]
connection = $(db placement)
$(common placement)
X

cp "$VENV/etc/nova/api-paste.ini" "$ETC/nova/"
cat >"$ETC/nova/nova.conf" <<X
[DEFAULT]
host = oslab
my_ip = $HOST
state_path = $STATE/nova
transport_url = $RABBIT
compute_driver = oslab.ConsoleFakeDriver
vif_plugging_is_fatal = false
vif_plugging_timeout = 0
allow_resize_to_same_host = true
[wsgi]
api_paste_config = $ETC/nova/api-paste.ini
[api_database]
connection = $(db nova_api)
max_pool_size = 5
[database]
connection = $(db nova)
max_pool_size = 5
[vnc]
enabled = false
[conductor]
workers = 1
[scheduler]
workers = 1
discover_hosts_in_cells_interval = 30
[glance]
api_servers = http://$HOST:$P_GLANCE
[cinder]
catalog_info = volumev3::publicURL
os_region_name = RegionOne
cross_az_attach = $([ "$CROSS" = 1 ] && echo true || echo false)
$(authtoken nova)
[placement]
$(authtoken placement)
[neutron]
service_metadata_proxy = false
$(authtoken neutron)
[barbican]
auth_endpoint = $AUTH_URL
$(common nova)
X

cat >"$ETC/nova/zone-b.conf" <<X
[DEFAULT]
host = oslab-b
state_path = $STATE/nova-b
X

cp "$VENV/etc/neutron/api-paste.ini" "$ETC/neutron/"
cat >"$ETC/neutron/neutron.conf" <<X
[DEFAULT]
state_path = $STATE/neutron
transport_url = $RABBIT
core_plugin = ml2
service_plugins = router
auth_strategy = keystone
api_paste_config = $ETC/neutron/api-paste.ini
dhcp_agent_notification = false
notify_nova_on_port_status_changes = false
notify_nova_on_port_data_changes = false
rpc_workers = 0
[database]
connection = $(db neutron)
max_pool_size = 5
[ml2]
type_drivers = flat,vlan,vxlan
tenant_network_types = vxlan
mechanism_drivers = oslab
extension_drivers = port_security
[ml2_type_flat]
flat_networks = physnet1
[ml2_type_vxlan]
vni_ranges = 1:1000
[securitygroup]
enable_security_group = true
[nova]
$(authtoken nova)
[placement]
$(authtoken placement)
$(common neutron)
X

cp "$VENV"/etc/cinder/{api-paste.ini,resource_filters.json} "$ETC/cinder/"
cat >"$ETC/cinder/cinder.conf" <<X
[DEFAULT]
host = oslab
my_ip = $HOST
state_path = $STATE/cinder
# A new zone counts at once.
az_cache_duration = 0
transport_url = $RABBIT
auth_strategy = keystone
api_paste_config = $ETC/cinder/api-paste.ini
resource_query_filters_file = $ETC/cinder/resource_filters.json
rootwrap_config = $VENV/etc/cinder/rootwrap.conf
glance_api_servers = http://$HOST:$P_GLANCE
enabled_backends = file
backup_driver = cinder.backup.drivers.posix.PosixBackupDriver
backup_posix_path = $OSLAB_ROOT/backup
backup_workers = 1
image_conversion_dir = $STATE/cinder/conversion
[file]
volume_driver = oslab_drivers.cinder_file.FileVolumeDriver
volume_backend_name = file
oslab_volume_dir = $OSLAB_ROOT/volumes
[database]
connection = $(db cinder)
max_pool_size = 5
[coordination]
backend_url = file://$STATE/cinder/coordination
[cinder_sys_admin]
helper_command = $VENV/bin/privsep-helper --config-file $ETC/cinder/cinder.conf
[privsep_osbrick]
helper_command = $VENV/bin/privsep-helper --config-file $ETC/cinder/cinder.conf
$(common cinder)
X
mkdir -p "$STATE"/cinder/{conversion,coordination} "$STATE/nova-b"
cat >"$ETC/cinder/zone-b.conf" <<X
[DEFAULT]
host = oslab-b
enabled_backends = file-b
storage_availability_zone = scs-b
[file-b]
volume_driver = oslab_drivers.cinder_file.FileVolumeDriver
volume_backend_name = file
oslab_volume_dir = $OSLAB_ROOT/volumes
X

sed 's,^/v1: .*,/v1: barbican-api-keystone,' "$VENV/etc/barbican/barbican-api-paste.ini" >"$ETC/barbican/barbican-api-paste.ini"
mkdir -p "$ETC/home/.barbican"
cat >"$ETC/home/.barbican/barbican.conf" <<X
[DEFAULT]
host_href = http://$HOST:$P_BARBICAN
db_auto_create = false
transport_url = $RABBIT
[database]
connection = $(db barbican)
[queue]
enable = false
[secretstore]
enabled_secretstore_plugins = store_crypto
[crypto]
enabled_crypto_plugins = simple_crypto
[simple_crypto_plugin]
kek = $KEK
$(common barbican)
X
cp "$ETC/home/.barbican/barbican.conf" "$ETC/barbican/barbican.conf"

cat >"$ETC/octavia/octavia.conf" <<X
[DEFAULT]
transport_url = $RABBIT
[api_settings]
bind_host = $HOST
auth_strategy = keystone
enabled_provider_drivers = noop_driver: 'no-op provider'
default_provider_driver = noop_driver
[database]
connection = $(db octavia)
[service_auth]
$(authtoken octavia)
[certificates]
cert_manager = noop_cert_manager
[controller_worker]
network_driver = network_noop_driver
compute_driver = compute_noop_driver
$(common octavia)
X

cat >"$ETC/swift/swift.conf" <<X
[swift-hash]
swift_hash_path_prefix = oslab
swift_hash_path_suffix = oslab
X
for kind in account container object; do
    v=P_SWIFT_${kind^^}
    cat >"$ETC/swift/$kind-server.conf" <<X
[DEFAULT]
bind_ip = $HOST
bind_port = ${!v}
swift_dir = $ETC/swift
devices = $OSLAB_ROOT/swift/dev
mount_check = false
user = $(id -un)
workers = 0
log_name = $kind
[pipeline:main]
pipeline = $kind-server
[app:$kind-server]
use = egg:swift#$kind
X
done
cat >"$ETC/swift/proxy-server.conf" <<X
[DEFAULT]
bind_ip = $HOST
bind_port = $P_SWIFT
swift_dir = $ETC/swift
user = $(id -un)
workers = 0
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache bulk authtoken$([ "$S3" != rgw ] || echo ' s3rgw') s3api s3token keystoneauth slo dlo versioned_writes proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:cache]
use = egg:swift#memcache
memcache_servers = $HOST:$P_MEMCACHED
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true
[filter:s3rgw]
paste.filter_factory = oslab_drivers.s3_rgw:filter_factory
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
location = us-east-1
[filter:s3token]
use = egg:swift#s3token
reseller_prefix = AUTH_
auth_uri = $AUTH_URL
delay_auth_decision = true
$(authtoken swift)
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
www_authenticate_uri = $AUTH_URL
memcached_servers = $HOST:$P_MEMCACHED
delay_auth_decision = true
$(authtoken swift)
[filter:keystoneauth]
use = egg:swift#keystoneauth
operator_roles = admin, member
X

# ---------------------------------------------------------------- infrastructure
if ! alive mariadb; then
    [ -d "$OSLAB_ROOT/mysql/mysql" ] || mariadb-install-db --no-defaults --user="$(id -un)" \
        --datadir="$OSLAB_ROOT/mysql" --auth-root-authentication-method=normal --skip-test-db >"$LOGS/mariadb-install.log" 2>&1
    start mariadb mariadbd --no-defaults --user="$(id -un)" --datadir="$OSLAB_ROOT/mysql" \
        --socket="$OSLAB_ROOT/mysql/sock" --pid-file="$OSLAB_ROOT/mysql/pid" --bind-address=$HOST --port=$P_DB \
        --max-connections=500 --innodb-buffer-pool-size=192M --innodb-flush-log-at-trx-commit=0 \
        --innodb-flush-method=nosync --debug-no-sync=1 \
        --skip-log-bin --performance-schema=off --character-set-server=utf8mb4
fi
start memcached memcached -u "$(id -un)" -l $HOST -p $P_MEMCACHED -m 64
start epmd epmd -address $HOST -port $P_EPMD
wait_port epmd $P_EPMD 20
start rabbitmq env HOME="$OSLAB_ROOT/rabbit" ERL_EPMD_ADDRESS=$HOST ERL_EPMD_PORT=$P_EPMD \
    RABBITMQ_NODENAME=oslab@localhost RABBITMQ_NODE_IP_ADDRESS=$HOST RABBITMQ_NODE_PORT=$P_RABBIT \
    RABBITMQ_DIST_PORT=$P_RABBIT_DIST RABBITMQ_CONF_ENV_FILE=/dev/null \
    RABBITMQ_MNESIA_BASE="$OSLAB_ROOT/rabbit/mnesia" RABBITMQ_LOG_BASE="$OSLAB_ROOT/rabbit/log" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$OSLAB_ROOT/rabbit/enabled_plugins" RABBITMQ_CONFIG_FILE="$OSLAB_ROOT/rabbit/none" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1} +sbwt none' \
    /usr/lib/rabbitmq/bin/rabbitmq-server
wait_port mariadb $P_DB 60
if [ ! -e "$STATE/db-created" ]; then
    {
        echo "CREATE OR REPLACE USER oslab@'$HOST' IDENTIFIED BY '$PW_DB';"
        echo "CREATE OR REPLACE USER oslab@localhost IDENTIFIED BY '$PW_DB';"
        for d in keystone glance placement nova_api nova nova_cell0 neutron cinder barbican octavia; do
            echo "CREATE DATABASE IF NOT EXISTS $d CHARACTER SET utf8mb3;"
            echo "GRANT ALL ON $d.* TO oslab@'$HOST'; GRANT ALL ON $d.* TO oslab@localhost;"
        done
    } | mariadb --no-defaults -S "$OSLAB_ROOT/mysql/sock" -u root
    touch "$STATE/db-created"
fi

# ---------------------------------------------------------------- schemas
sync() { # name commands...: run once, in the background
    local name=$1; shift
    [ -e "$STATE/sync-$name" ] && return 0
    { ( set -e; "$@" ) >"$LOGS/sync-$name.log" 2>&1 && touch "$STATE/sync-$name" && say "schema $name"; } ||
        { say "schema $name FAILED, see $LOGS/sync-$name.log"; tail -5 "$LOGS/sync-$name.log"; return 1; }
}
# shellcheck disable=SC2317  # called by `sync`
sync_keystone() {
    local k="keystone-manage --config-file $ETC/keystone/keystone.conf"
    $k db_sync
    mkdir -p "$ETC"/keystone/{fernet,credential}
    chmod 700 "$ETC"/keystone/{fernet,credential}
    $k fernet_setup --keystone-user "$(id -un)" --keystone-group "$(id -gn)"
    $k credential_setup --keystone-user "$(id -un)" --keystone-group "$(id -gn)"
    $k bootstrap --bootstrap-password "$PW_ADMIN" --bootstrap-region-id RegionOne \
        --bootstrap-public-url "$AUTH_URL" --bootstrap-internal-url "$AUTH_URL" --bootstrap-admin-url "$AUTH_URL"
}
# shellcheck disable=SC2317
sync_nova() {
    local n="nova-manage --config-file $ETC/nova/nova.conf"
    $n api_db sync
    $n cell_v2 map_cell0 --database_connection "$(db nova_cell0)"
    $n cell_v2 create_cell --name cell1 || test $? = 2
    $n db sync
}
# shellcheck disable=SC2317
sync_rings() {
    local kind v
    for kind in account container object; do
        v=P_SWIFT_${kind^^}
        swift-ring-builder "$ETC/swift/$kind.builder" create 6 1 1
        swift-ring-builder "$ETC/swift/$kind.builder" add "r1z1-$HOST:${!v}/d1" 1
        swift-ring-builder "$ETC/swift/$kind.builder" rebalance
    done
}
say "schemas"
{
    sync nova sync_nova
    sync glance glance-manage --config-file "$ETC/glance/glance-api.conf" db_sync
    sync placement placement-manage --config-file "$ETC/placement/placement.conf" db sync
    sync barbican env HOME="$ETC/home" barbican-manage db upgrade
} & j1=$!
{
    sync neutron neutron-db-manage --config-file "$ETC/neutron/neutron.conf" upgrade heads
    sync cinder cinder-manage --config-file "$ETC/cinder/cinder.conf" db sync
    skip octavia || sync octavia octavia-db-manage --config-file "$ETC/octavia/octavia.conf" upgrade head
    skip swift || sync swift-rings sync_rings
} & j2=$!
sync keystone sync_keystone
wsgi keystone $P_KEYSTONE keystone.wsgi.api --env OS_KEYSTONE_CONFIG_FILES="$ETC/keystone/keystone.conf"
wait_port keystone $P_KEYSTONE 60

# ---------------------------------------------------------------- catalog, users, clouds.yaml
( umask 077; cat >"$OSLAB_ROOT/clouds.yaml.new" <<X
clouds:
  scs-lab:
    region_name: RegionOne
    auth: {auth_url: $AUTH_URL, username: scs, password: $PW_DEMO, project_name: scs-demo, user_domain_name: Default, project_domain_name: Default}
  scs-lab-reader:
    region_name: RegionOne
    auth: {auth_url: $AUTH_URL, username: scs-reader, password: $PW_DEMO, project_name: scs-demo, user_domain_name: Default, project_domain_name: Default}
  scs-lab-admin:
    region_name: RegionOne
    auth: {auth_url: $AUTH_URL, username: admin, password: $PW_ADMIN, project_name: admin, user_domain_name: Default, project_domain_name: Default}
X
)
export PW_SERVICE PW_DEMO
# The managers of domains, which seed.sh has added, stay.
[ ! -f "$OSLAB_ROOT/clouds.yaml" ] || python - "$OSLAB_ROOT/clouds.yaml" "$OSLAB_ROOT/clouds.yaml.new" <<'X'
import sys, yaml
old, new = (yaml.safe_load(open(path)) for path in sys.argv[1:])
new["clouds"].update({name: entry for name, entry in old["clouds"].items() if name.startswith("scs-dm")})
yaml.safe_dump(new, open(sys.argv[2], "w"), sort_keys=False)
X
OSLAB_HOST=$HOST python "$LAB_DIR/register.py" "$OSLAB_ROOT/clouds.yaml.new" "$OSLAB_ROOT/clouds.yaml" \
    "$P_GLANCE" "$P_PLACEMENT" "$P_NOVA" "$P_NEUTRON" "$P_CINDER" "$P_BARBICAN" "$P_SWIFT" "$P_OCTAVIA"
say "catalog and users"
wait $j1; wait $j2

# ---------------------------------------------------------------- services
wait_port rabbitmq $P_RABBIT 60
# What a good guest prints: for today's Python suite, then for this one, whose lines the driver seals with the user data.
[ -e "$OSLAB_ROOT/console.txt" ] || cat - "$LAB_DIR/../../fixtures/guest/console.txt" >"$OSLAB_ROOT/console.txt" <<'X'
[   21.013370] cloud-init[613]: _scs-test-entropy-avail: 256
[   23.113370] cloud-init[613]: _scs-test-fips-test: rngtest: bits received from input: 20000032
[   23.113371] cloud-init[613]: _scs-test-fips-test: rngtest: FIPS 140-2 successes: 1000
[   23.113372] cloud-init[613]: _scs-test-fips-test: rngtest: FIPS 140-2 failures: 0
[   23.213370] cloud-init[613]: _scs-test-rngd: Active: active (running)
[   23.313370] cloud-init[613]: _scs-test-virtio-rng: virtio_rng.0
[   23.413370] cloud-init[613]: _scs-test-end
X
export OSLAB_CONSOLE_FILE=$OSLAB_ROOT/console.txt
wsgi glance $P_GLANCE glance.wsgi.api --env OS_GLANCE_CONFIG_DIR="$ETC/glance"
wsgi placement $P_PLACEMENT placement.wsgi.api --env OS_PLACEMENT_CONFIG_DIR="$ETC/placement"
wsgi neutron $P_NEUTRON neutron.wsgi.api --env OS_NEUTRON_CONFIG_DIR="$ETC/neutron" --env OS_NEUTRON_CONFIG_FILES=neutron.conf
if [ -e "$STATE/cross" ] && [ "$(cat "$STATE/cross")" != "$CROSS" ]; then
    say "attaching across zones: $CROSS; Nova's API and compute hosts start anew"
    stop nova-api nova-compute nova-compute-b
fi
echo "$CROSS" >"$STATE/cross"
if [ "$ZONES" = 1 ] && alive nova-compute-b; then
    stop nova-compute-b cinder-volume-b
    cinder-manage --config-file "$ETC/cinder/cinder.conf" service remove cinder-volume oslab-b@file-b >>"$LOGS/zones.log" 2>&1 || true
fi
echo "$ZONES" >"$STATE/zones"
wsgi nova-api $P_NOVA nova.wsgi.osapi_compute --env OS_NOVA_CONFIG_DIR="$ETC/nova"
wsgi cinder-api $P_CINDER cinder.wsgi.api --pyargv "--config-file $ETC/cinder/cinder.conf"
HOME=$ETC/home wsgi barbican $P_BARBICAN oslab_drivers.barbican_wsgi --env OSLAB_BARBICAN_PASTE="$ETC/barbican/barbican-api-paste.ini"
for s in conductor scheduler; do start nova-$s nova-$s --config-file "$ETC/nova/nova.conf"; done
start nova-compute python -m oslab_drivers.nova_compute --config-file "$ETC/nova/nova.conf"
for s in scheduler volume backup; do start cinder-$s cinder-$s --config-file "$ETC/cinder/cinder.conf"; done
if [ "$ZONES" = 2 ]; then
    start nova-compute-b python -m oslab_drivers.nova_compute --config-file "$ETC/nova/nova.conf" --config-file "$ETC/nova/zone-b.conf"
    start cinder-volume-b cinder-volume --config-file "$ETC/cinder/cinder.conf" --config-file "$ETC/cinder/zone-b.conf"
fi
skip octavia || wsgi octavia $P_OCTAVIA octavia.wsgi.api --pyargv "--config-file $ETC/octavia/octavia.conf"
if ! skip swift; then
    for kind in account container object; do
        start swift-$kind swift-$kind-server "$ETC/swift/$kind-server.conf" -v
    done
    if alive swift-proxy && [ "$(cat "$STATE/s3" 2>/dev/null)" != "$S3" ]; then
        say "S3 as $S3: swift-proxy starts anew"
        stop swift-proxy
    fi
    echo "$S3" >"$STATE/s3"
    start swift-proxy swift-proxy-server "$ETC/swift/proxy-server.conf" -v
fi

rc=0
for pair in glance:$P_GLANCE placement:$P_PLACEMENT neutron:$P_NEUTRON nova-api:$P_NOVA cinder-api:$P_CINDER barbican:$P_BARBICAN; do
    wait_port "${pair%%:*}" "${pair##*:}" 90 || rc=1
done
skip octavia || wait_port octavia $P_OCTAVIA 60 || rc=1
skip swift || wait_port swift-proxy $P_SWIFT 60 || rc=1
python "$LAB_DIR/ready.py" "$OSLAB_ROOT/clouds.yaml" || rc=1
if [ ! -e "$STATE/discovered" ]; then
    nova-manage --config-file "$ETC/nova/nova.conf" cell_v2 discover_hosts --verbose >"$LOGS/discover.log" 2>&1 && touch "$STATE/discovered"
fi
nova-manage --config-file "$ETC/nova/nova.conf" cell_v2 discover_hosts >>"$LOGS/discover.log" 2>&1
python "$LAB_DIR/zones.py" "$OSLAB_ROOT/clouds.yaml" "$ZONES" || rc=1
say "up (rc=$rc); clouds.yaml: $OSLAB_ROOT/clouds.yaml"
exit $rc
