#!/bin/bash
# Brings up a real Kubernetes control plane on 127.0.0.1: etcd, kube-apiserver,
# kube-controller-manager, kube-scheduler; TLS everywhere, RBAC and Node authorization on.
# No kubelet: seed.sh registers nodes through the API and `lab.py serve` stands in for theirs.
#   up.sh          start (fresh etcd unless one is left over from a `down.sh` without --wipe)
#   K8SLAB_BIN=DIR use other server programs than $K8SLAB/bin (built from Debian source where absent)
# After: export KUBECONFIG=/tmp/k8slab/kubeconfig.yaml
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=env.sh
. "$here/env.sh"
mkdir -p "$K8SLAB" "$RUN" "$LOGS"; chmod 700 "$RUN"

[ -x "$K8SLAB_BIN/kube-apiserver" ] || "$here/build.sh"
etcd=$K8SLAB_BIN/etcd; [ -x "$etcd" ] || etcd=$(command -v etcd || true)
[ -n "$etcd" ] || { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends etcd-server >/dev/null; etcd=$(command -v etcd); }
[ -n "$KUBECTL" ] || KUBECTL=$K8SLAB_BIN/kubectl
"$here/pki.sh"

minor=$("$K8SLAB_BIN/kube-apiserver" --version | sed 's/.*v1\.\([0-9]*\).*/\1/')
start() { # name program args...
  local n=$1; shift
  if ours "$RUN/$n.pid" "$n"; then echo "$n: already running"; return; fi
  setsid nohup "$@" >"$LOGS/$n.log" 2>&1 </dev/null & echo $! > "$RUN/$n.pid"
}
get() { curl -s --max-time 5 --cacert "$PKI/ca.crt" --cert "$PKI/admin.crt" --key "$PKI/admin.key" "$@"; }
await() { # what, seconds, command...
  local what=$1 end=$((SECONDS+$2)); shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { echo "$what did not come up; see $LOGS" >&2; exit 1; }
    sleep 0.3
  done
}

t0=$(date +%s.%N)
start etcd "$etcd" --name=lab --data-dir="$RUN/etcd" \
  --listen-client-urls="https://127.0.0.1:$ETCD_PORT" --advertise-client-urls="https://127.0.0.1:$ETCD_PORT" \
  --listen-peer-urls="https://127.0.0.1:$ETCD_PEER" --initial-advertise-peer-urls="https://127.0.0.1:$ETCD_PEER" \
  --initial-cluster="lab=https://127.0.0.1:$ETCD_PEER" \
  --cert-file="$PKI/etcd.crt" --key-file="$PKI/etcd.key" --trusted-ca-file="$PKI/etcd-ca.crt" --client-cert-auth \
  --peer-cert-file="$PKI/etcd.crt" --peer-key-file="$PKI/etcd.key" --peer-trusted-ca-file="$PKI/etcd-ca.crt" --peer-client-cert-auth
await etcd 30 curl -sf --cacert "$PKI/etcd-ca.crt" --cert "$PKI/etcd-client.crt" --key "$PKI/etcd-client.key" "https://127.0.0.1:$ETCD_PORT/health"

cat > "$RUN/audit-policy.yaml" <<P
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None   # the lab's own components
  users: [system:apiserver, system:kube-controller-manager, system:kube-scheduler, lab-fakekubelet]
- level: None
  userGroups: [system:serviceaccounts:kube-system]
- level: Metadata
P
# endpoint-reconciler-type=none: 127.0.0.1 may not be an Endpoints address
# shellcheck disable=SC2086  # several arguments in one variable
start kube-apiserver "$K8SLAB_BIN/kube-apiserver" \
  --bind-address=127.0.0.1 --secure-port="$K8SLAB_PORT" --advertise-address=127.0.0.1 --endpoint-reconciler-type=none \
  --etcd-servers="https://127.0.0.1:$ETCD_PORT" --etcd-cafile="$PKI/etcd-ca.crt" --etcd-certfile="$PKI/etcd-client.crt" --etcd-keyfile="$PKI/etcd-client.key" \
  --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction ${K8SLAB_APISERVER_ARGS:-} \
  --client-ca-file="$PKI/ca.crt" --tls-cert-file="$PKI/apiserver.crt" --tls-private-key-file="$PKI/apiserver.key" \
  --service-account-issuer=https://kubernetes.default.svc.cluster.local --service-account-key-file="$PKI/sa.pub" --service-account-signing-key-file="$PKI/sa.key" \
  --requestheader-client-ca-file="$PKI/front-proxy-ca.crt" --requestheader-allowed-names=front-proxy-client \
  --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group --requestheader-extra-headers-prefix=X-Remote-Extra- \
  --proxy-client-cert-file="$PKI/front-proxy-client.crt" --proxy-client-key-file="$PKI/front-proxy-client.key" \
  --kubelet-preferred-address-types=InternalIP,Hostname --kubelet-client-certificate="$PKI/kubelet-client.crt" --kubelet-client-key="$PKI/kubelet-client.key" \
  --service-cluster-ip-range=10.96.0.0/16 --allow-privileged=true \
  --audit-policy-file="$RUN/audit-policy.yaml" --audit-log-path="$LOGS/audit.log"
ready() { [ "$(get "https://127.0.0.1:$K8SLAB_PORT/readyz")" = ok ]; }
await kube-apiserver 90 ready
t1=$(date +%s.%N)

noinsecure=; [ "$minor" -ge 24 ] || noinsecure=--port=0     # before 1.24 these two also listen in the clear by default
# shellcheck disable=SC2086  # several arguments in one variable, or none
start kube-controller-manager "$K8SLAB_BIN/kube-controller-manager" $noinsecure \
  --bind-address=127.0.0.1 --secure-port="$KCM_PORT" --leader-elect=false \
  --kubeconfig="$PKI/controller-manager.kubeconfig" --authentication-kubeconfig="$PKI/controller-manager.kubeconfig" --authorization-kubeconfig="$PKI/controller-manager.kubeconfig" \
  --use-service-account-credentials=true --root-ca-file="$PKI/ca.crt" --service-account-private-key-file="$PKI/sa.key" \
  --cluster-signing-cert-file="$PKI/ca.crt" --cluster-signing-key-file="$PKI/ca.key" --requestheader-client-ca-file="$PKI/front-proxy-ca.crt" \
  --flex-volume-plugin-dir="$RUN/flex" --allocate-node-cidrs=true --cluster-cidr=10.244.0.0/16 --service-cluster-ip-range=10.96.0.0/16 ${K8SLAB_KCM_ARGS:-}
# shellcheck disable=SC2086
start kube-scheduler "$K8SLAB_BIN/kube-scheduler" $noinsecure \
  --bind-address=127.0.0.1 --secure-port="$SCHED_PORT" --leader-elect=false \
  --kubeconfig="$PKI/scheduler.kubeconfig" --authentication-kubeconfig="$PKI/scheduler.kubeconfig" --authorization-kubeconfig="$PKI/scheduler.kubeconfig"
await kube-controller-manager 60 get -kf "https://127.0.0.1:$KCM_PORT/healthz"
await kube-scheduler 60 get -kf "https://127.0.0.1:$SCHED_PORT/healthz"
sa() { get -f "https://127.0.0.1:$K8SLAB_PORT/api/v1/namespaces/default/serviceaccounts/default"; }
await "the default service account" 60 sa
t2=$(date +%s.%N)

# the restricted user: RBAC's built-in `view`, in the namespace `lab` only
kc create namespace lab --dry-run=client -o yaml | kc apply -f - >/dev/null
kc create rolebinding lab-restricted-view --clusterrole=view --group=lab-restricted -n lab --dry-run=client -o yaml | kc apply -f - >/dev/null

python3 - "$t0" "$t1" "$t2" <<'P'
import sys
a, b, c = map(float, sys.argv[1:])
print(f"apiserver ready after {b-a:.1f} s, controllers and scheduler after {c-a:.1f} s")
P
"$K8SLAB_BIN/kube-apiserver" --version
for n in etcd kube-apiserver kube-controller-manager kube-scheduler; do
  printf '%-26s pid %-7s %4d MiB resident\n' "$n" "$(cat "$RUN/$n.pid")" "$(($(awk '/^VmRSS/{print $2}' "/proc/$(cat "$RUN/$n.pid")/status")/1024))"
done
echo "KUBECONFIG=$ADMIN (also: $K8SLAB/kubeconfig-{restricted,noaccess,untrusted}.yaml); calls made are in $LOGS/audit.log"
