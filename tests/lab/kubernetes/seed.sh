#!/bin/bash
# Fills the cluster that up.sh started:  seed.sh [NODES [STORAGE [NETPOL [WORKLOAD]]]]
#   NODES    ha (3 control-plane + 3 workers over 3 zones, region/zone/host-id labels; the default)
#            single nolabels onezone samehost nohostid twocp workers notready mixed
#   STORAGE  one (one default class of two; the default) none two nodefault noprovisioner beta
#   NETPOL   none (default) deny allow          WORKLOAD  none (default) good bad
#   seed.sh reset    all of it away again
# Also starts the stand-in for the kubelets (`lab.py serve`), so that nodes stay Ready,
# pods bound to them come to Running and claims of class provisioner lab.test/fake get bound.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=env.sh
. "$here/env.sh"
if [ "${1:-}" = reset ]; then exec python3 "$here/lab.py" reset; fi
python3 "$here/lab.py" nodes "${1:-ha}"
python3 "$here/lab.py" storage "${2:-one}"
python3 "$here/lab.py" netpol "${3:-none}"
python3 "$here/lab.py" workload "${4:-none}"
f=$RUN/fakekubelet.pid
if ! ours "$f" fakekubelet; then
  setsid nohup python3 "$here/lab.py" serve >"$LOGS/fakekubelet.log" 2>&1 </dev/null & echo $! > "$f"
fi
end=$((SECONDS+60))
while kc get nodes --no-headers | awk '{print $2}' | grep -qE 'Unknown'; do [ $SECONDS -lt $end ] || break; sleep 1; done
kc get nodes,storageclasses
