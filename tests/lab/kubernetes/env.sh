# shellcheck shell=bash disable=SC2034  # those who source this use the variables
# Shared settings of the Kubernetes lab; sourced by the other scripts.
# Everything the lab writes lives under K8SLAB; every listener is on 127.0.0.1.
K8SLAB=${K8SLAB:-/tmp/k8slab}
K8SLAB_BIN=${K8SLAB_BIN:-$K8SLAB/bin}          # kube-apiserver, kube-controller-manager, kube-scheduler (kubelet, etcd optional)
K8SLAB_PORT=${K8SLAB_PORT:-26443}              # kube-apiserver; the others follow from it
ETCD_PORT=$((K8SLAB_PORT+1)); ETCD_PEER=$((K8SLAB_PORT+2)); KCM_PORT=$((K8SLAB_PORT+3)); SCHED_PORT=$((K8SLAB_PORT+4))
RUN=$K8SLAB/run; PKI=$K8SLAB/pki; LOGS=$K8SLAB/logs
ADMIN=$K8SLAB/kubeconfig.yaml
export K8SLAB K8SLAB_PORT
KUBECTL=${KUBECTL:-$(command -v kubectl || true)}
[ -n "$KUBECTL" ] || { [ -x "$K8SLAB_BIN/kubectl" ] && KUBECTL=$K8SLAB_BIN/kubectl; }
# Whether the process of a pid file is the one that was started here: its command line names the program and this lab's
# folder, or is the stand-in for the kubelets. A pid that was given to somebody else in the meantime is left alone.
ours() { # pid file, program
  local line
  [ -f "$1" ] && line=$(tr '\0' ' ' <"/proc/$(cat "$1")/cmdline" 2>/dev/null) || return 1
  case $line in *"$2"*"$K8SLAB/"* | *"/lab.py serve"*) return 0 ;; *) return 1 ;; esac
}
kc() { "$KUBECTL" --kubeconfig "$ADMIN" "$@"; }
