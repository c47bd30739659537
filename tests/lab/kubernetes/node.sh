#!/bin/bash
# Adds one real node, `real-1`, to the cluster that up.sh started: kubelet from
# $K8SLAB_BIN, containerd, runc and CNI plugins from Debian (unpacked, not installed),
# a network namespace and a mount namespace of its own; kube-proxy too where
# $K8SLAB_BIN has one, so that Services and the API at 10.96.0.1 work from its pods.
# It tells its region and its zone, so that the verdicts about labels depend on the nodes of seed.sh only.
# No cluster DNS, no enforcement of NetworkPolicies, no way out to other machines.
#   node.sh          start       node.sh stop       stop and remove the namespace
# Image in its store, for pods (imagePullPolicy IfNotPresent): lab.test/busybox:1
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=env.sh
. "$here/env.sh"
N=$K8SLAB/node; DEB=$K8SLAB/ctr/root; NS=k8slab; NODE_IP=10.99.0.2; HOST_IP=10.99.0.1
PATH=$DEB/usr/bin:$DEB/usr/sbin:$PATH:/usr/sbin:/sbin
ctr() { command ctr -a "$N/containerd.sock" -n k8s.io "$@"; }
minor=$("$K8SLAB_BIN/kubelet" --version | sed 's/.*v1\.\([0-9]*\).*/\1/')

end() { # name: stop what this script started under it
  local f=$RUN/$1.pid p; [ -f "$f" ] || return 0
  p=$(cat "$f"); rm -f "$f"
  grep -qa -- "$K8SLAB" "/proc/$p/cmdline" 2>/dev/null || return 0
  kill "$p" 2>/dev/null || true
  for _ in $(seq 40); do grep -qs '^State:.[^Z]' "/proc/$p/status" || return 0; sleep 0.25; done
  kill -9 "$p" 2>/dev/null || true
}
stop() {
  end kube-proxy; end kubelet
  if [ -S "$N/containerd.sock" ]; then
    for t in $(ctr task ls -q 2>/dev/null); do ctr task rm -f "$t" >/dev/null 2>&1 || true; done
    for c in $(ctr container ls -q 2>/dev/null); do ctr container rm "$c" >/dev/null 2>&1 || true; done
  fi
  end containerd; end relay-in; end relay-out
  kc delete -n default endpoints kubernetes --ignore-not-found --request-timeout=5s >/dev/null 2>&1 || true
  kc delete node real-1 --ignore-not-found --request-timeout=5s >/dev/null 2>&1 || true
  ip link del k8slab0 2>/dev/null || true; ip netns del $NS 2>/dev/null || true
  for _ in 1 2 3; do find /sys/fs/cgroup/*/k8slab -depth -type d -exec rmdir {} + 2>/dev/null || true; done
  rm -rf "$N"/*.sock "$N/ipam" "$N/kubelet" "$N/state"
}
if [ "${1:-}" = stop ]; then stop; exit; fi

# programs
if [ ! -x "$DEB/usr/bin/containerd" ]; then
  mkdir -p "$K8SLAB/ctr"; cd "$K8SLAB/ctr"
  apt-get download -qq containerd runc busybox-static containernetworking-plugins socat conntrack iptables \
    libwrap0 libnftnl11 libmnl0 libxtables12 libip4tc2 libip6tc2 libnetfilter-conntrack3 libnfnetlink0 2>/dev/null
  for d in *.deb; do dpkg-deb -x "$d" root; done
  for f in iptables ip6tables; do for g in "" -save -restore; do ln -sf xtables-nft-multi "$DEB/usr/sbin/$f$g"; done; done
fi
export LD_LIBRARY_PATH=$DEB/usr/lib/x86_64-linux-gnu XTABLES_LIBDIR=$DEB/usr/lib/x86_64-linux-gnu/xtables
mkdir -p "$N"/{containerd,state,kubelet,cni,hidden}

# network: a namespace with a veth pair to this machine, and the API server's port handed through a unix socket
ip netns list | grep -q "^$NS\b" || ip netns add $NS
if ! ip link show k8slab0 >/dev/null 2>&1; then
  ip link add k8slab0 type veth peer name eth0 netns $NS
  ip addr add $HOST_IP/30 dev k8slab0; ip link set k8slab0 up
  ip -n $NS addr add $NODE_IP/30 dev eth0; ip -n $NS link set eth0 up; ip -n $NS link set lo up
  ip -n $NS route add default via $HOST_IP
fi
in_ns=(nsenter --net="/run/netns/$NS")
"${in_ns[@]}" sysctl -qw net.ipv4.ip_forward=1
cat > "$N/cni/10-lab.conflist" <<C
{"cniVersion":"0.4.0","name":"lab","plugins":[{"type":"bridge","bridge":"cni0","isGateway":true,
 "ipam":{"type":"host-local","dataDir":"$N/ipam","ranges":[[{"subnet":"10.244.200.0/24"}]],"routes":[{"dst":"0.0.0.0/0"}]}}]}
C
setsid nohup socat "UNIX-LISTEN:$N/api.sock,fork,unlink-early" "TCP:127.0.0.1:$K8SLAB_PORT" >"$LOGS/relay-out.log" 2>&1 </dev/null & echo $! > "$RUN/relay-out.pid"
setsid nohup "${in_ns[@]}" socat "TCP-LISTEN:$K8SLAB_PORT,fork,reuseaddr" "UNIX-CONNECT:$N/api.sock" >"$LOGS/relay-in.log" 2>&1 </dev/null & echo $! > "$RUN/relay-in.pid"

# containerd, in a mount namespace of its own that the kubelet joins
cat > "$N/containerd.toml" <<C
version = 2
root = "$N/containerd"
state = "$N/state"
[grpc]
  address = "$N/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "lab.test/pause:1"
  restrict_oom_score_adj = true      # this machine withholds CAP_SYS_RESOURCE
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$DEB/usr/lib/cni"
    conf_dir = "$N/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
C
# shellcheck disable=SC2016  # expanded by the inner shell
setsid nohup "${in_ns[@]}" unshare --mount --propagation private sh -ec '
  mount --make-rshared /; h=$1; shift
  for d in /run/netns /var/log/pods /var/log/containers; do mkdir -p "$d" "$h$d"; mount --bind "$h$d" "$d"; done
  exec "$@"' - "$N/hidden" "$DEB/usr/bin/containerd" -c "$N/containerd.toml" >"$LOGS/containerd.log" 2>&1 </dev/null & echo $! > "$RUN/containerd.pid"
for _ in $(seq 60); do ctr version >/dev/null 2>&1 && break; sleep 0.5; done

# the image, made by hand out of Debian's static busybox
if ! ctr image ls -q | grep -q lab.test/busybox:1; then
  python3 - "$DEB/bin/busybox" "$N/image.tar" <<'P'
import hashlib, io, json, subprocess, sys, tarfile
box, out = sys.argv[1:]
layer = io.BytesIO()
with tarfile.open(fileobj=layer, mode="w") as t:
    def add(name, kind, data=b"", mode=0o755, link=""):
        i = tarfile.TarInfo(name); i.type, i.mode, i.size, i.linkname = kind, mode, len(data), link
        t.addfile(i, io.BytesIO(data))
    for d, m in (("bin", 0o755), ("etc", 0o755), ("tmp", 0o1777), ("root", 0o700)):
        add(d, tarfile.DIRTYPE, mode=m)
    add("bin/busybox", tarfile.REGTYPE, open(box, "rb").read())
    for a in subprocess.check_output([box, "--list"], text=True).split():
        if a != "busybox":
            add(f"bin/{a}", tarfile.SYMTYPE, link="busybox")
    add("etc/passwd", tarfile.REGTYPE, b"root:x:0:0:root:/root:/bin/sh\n", 0o644)
layer = layer.getvalue()
config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Env": ["PATH=/bin"], "Cmd": ["/bin/sleep", "2147483647"]},
                     "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]}, "history": [{"created_by": "lab"}]}).encode()
name = hashlib.sha256(config).hexdigest() + ".json"
with tarfile.open(out, "w") as t:
    for n, d in ((name, config), ("layer.tar", layer), ("manifest.json", json.dumps([{"Config": name, "RepoTags": ["lab.test/busybox:1", "lab.test/pause:1"], "Layers": ["layer.tar"]}]).encode())):
        i = tarfile.TarInfo(n); i.size = len(d); t.addfile(i, io.BytesIO(d))
P
  ctr image import "$N/image.tar" >/dev/null
fi

# kubelet; its cgroups under /k8slab
root=/k8slab
for c in /sys/fs/cgroup/*/; do mkdir -p "$c$root" 2>/dev/null || true; done
[ ! -f /sys/fs/cgroup/cpuset$root/cpuset.cpus ] || { cat /sys/fs/cgroup/cpuset/cpuset.cpus > /sys/fs/cgroup/cpuset$root/cpuset.cpus; cat /sys/fs/cgroup/cpuset/cpuset.mems > /sys/fs/cgroup/cpuset$root/cpuset.mems; }
cat > "$N/kubelet.yaml" <<C
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $NODE_IP
healthzBindAddress: 127.0.0.1
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $PKI/ca.crt}}
authorization: {mode: Webhook}
cgroupDriver: cgroupfs
cgroupRoot: $root
volumePluginDir: $N/plugins
failSwapOn: false
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}
# The images are nowhere else; a full disk must not take them away.
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
C
more=(--container-runtime=remote --container-runtime-endpoint="unix://$N/containerd.sock")
if [ "$minor" -ge 27 ]; then more=(); echo "containerRuntimeEndpoint: unix://$N/containerd.sock" >> "$N/kubelet.yaml"; fi
[ "$minor" -lt 31 ] || echo "failCgroupV1: false" >> "$N/kubelet.yaml"      # this machine has version 1 of cgroups
setsid nohup nsenter --target "$(cat "$RUN/containerd.pid")" --mount --net "$K8SLAB_BIN/kubelet" --config="$N/kubelet.yaml" --kubeconfig="$PKI/node.kubeconfig" \
  --hostname-override=real-1 --node-ip=$NODE_IP --node-labels=topology.kubernetes.io/region=region-1,topology.kubernetes.io/zone=zone-1 --root-dir="$N/kubelet" --cert-dir="$N/kubelet/pki" "${more[@]}" >"$LOGS/kubelet.log" 2>&1 </dev/null & echo $! > "$RUN/kubelet.pid"
if [ -x "$K8SLAB_BIN/kube-proxy" ]; then
  cat > "$N/kube-proxy.yaml" <<C
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
bindAddress: $NODE_IP
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
hostnameOverride: real-1
clusterCIDR: 10.244.0.0/16
clientConnection: {kubeconfig: $PKI/kube-proxy.kubeconfig}
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
C
  setsid nohup nsenter --target "$(cat "$RUN/containerd.pid")" --mount --net "$K8SLAB_BIN/kube-proxy" --config="$N/kube-proxy.yaml" >"$LOGS/kube-proxy.log" 2>&1 </dev/null & echo $! > "$RUN/kube-proxy.pid"
  kc apply -f - >/dev/null 2>&1 <<C
apiVersion: v1
kind: Endpoints
metadata: {name: kubernetes, namespace: default}
subsets: [{addresses: [{ip: $NODE_IP}], ports: [{name: https, port: $K8SLAB_PORT}]}]
C
fi
for _ in $(seq 60); do kc get node real-1 --no-headers 2>/dev/null | grep -q ' Ready' && break; sleep 1; done
kc get node real-1 -o wide
