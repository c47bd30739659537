#!/bin/bash
# Stops what up.sh and seed.sh started (by the ids they wrote down, checked against /proc).
#   down.sh          keep etcd's data for the next up.sh
#   down.sh --wipe   drop it
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=env.sh
. "$here/env.sh"
[ ! -f "$RUN/containerd.pid" ] || "$here/node.sh" stop
for n in fakekubelet kube-scheduler kube-controller-manager kube-apiserver etcd; do
  f=$RUN/$n.pid; [ -f "$f" ] || continue
  p=$(cat "$f")
  if ours "$f" "$n"; then
    kill "$p" 2>/dev/null
    for _ in $(seq 40); do grep -qs '^State:.[^Z]' "/proc/$p/status" || break; sleep 0.25; done
    ! grep -qs '^State:.[^Z]' "/proc/$p/status" || kill -9 "$p" 2>/dev/null
    echo "$n ($p) stopped"
  fi
  rm -f "$f"
done
[ "${1:-}" != --wipe ] || rm -rf "$RUN/etcd" "$LOGS"
