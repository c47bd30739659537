#!/bin/bash
# Builds the Kubernetes server programs from the Debian 12 source package
# `kubernetes` (1.20.2: the newest Debian source that still carries the server
# parts; later ones are cut down to kubectl). Needs apt only, no Go proxy.
# Result: $K8SLAB/bin-1.20.2 and, unless it exists already, $K8SLAB/bin -> it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=env.sh
. "$here/env.sh"
out=$K8SLAB/bin-1.20.2
programs=${*:-kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl}
say() { echo "$(date +%T) ($((SECONDS/60)) min) $*"; }
mkdir -p "$K8SLAB/src" "$out"

say "installing the compiler"
# golang-1.19 is Debian 12's compiler. reflect2: the copy inside the source
# (1.0.1) reads maps wrongly when built with Go 1.18 or later; Debian's is 1.0.2.
export DEBIAN_FRONTEND=noninteractive
apt-get install -y -qq --no-install-recommends golang-1.19-go golang-github-modern-go-reflect2-dev >/dev/null

cd "$K8SLAB/src"
if ! ls kubernetes_1.20*.orig.tar.gz >/dev/null 2>&1; then
  say "fetching the source"
  # deb-src lines made from the configured Debian sources, kept apart from them
  a=$K8SLAB/src/apt; mkdir -p "$a/lists/partial"
  if [ -e /etc/apt/sources.list.d/debian.sources ]; then
    sed -e 's/^Types: .*/Types: deb-src/' /etc/apt/sources.list.d/debian.sources > "$a/src.sources"; list=$a/src.sources
  else
    sed -n 's/^deb /deb-src /p' /etc/apt/sources.list > "$a/src.list"; list=$a/src.list
  fi
  o=(-o Dir::Etc::sourcelist="$list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$a/lists" -o APT::Sandbox::User=root
    -o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache=)
  apt-get "${o[@]}" update -qq
  apt-get "${o[@]}" source --download-only -qq kubernetes
fi
say "unpacking the source"
tree=$K8SLAB/src/gopath/src/k8s.io/kubernetes      # built as its own makefile does, without Go modules
rm -rf "$tree" && mkdir -p "$tree" && tar xzf kubernetes_1.20*.orig.tar.gz -C "$tree" --strip-components=1
cd "$tree"
rm -rf vendor/github.com/modern-go/reflect2
cp -rL /usr/share/gocode/src/github.com/modern-go/reflect2 vendor/github.com/modern-go/reflect2

export GOROOT=/usr/lib/go-1.19 GOPATH=$K8SLAB/src/gopath GO111MODULE=off CGO_ENABLED=0 GOFLAGS=-trimpath GOPROXY=off
export GOCACHE=$K8SLAB/gocache-1.19 PATH=/usr/lib/go-1.19/bin:$PATH
# the OpenAPI schema, which the source leaves to be generated
say "building the generator of the OpenAPI schema"
go build -o "$K8SLAB/src/openapi-gen" k8s.io/kubernetes/vendor/k8s.io/kube-openapi/cmd/openapi-gen
say "generating the OpenAPI schema"
dirs=$(grep -rlE --include='*.go' '^// *\+k8s:openapi-gen=' cmd pkg plugin staging/src | grep -vE '/(code-generator|sample-apiserver|testdata|_examples)/' \
  | xargs -n1 dirname | LC_ALL=C sort -u | sed -e 's#^staging/src/#vendor/#' -e 's#^#k8s.io/kubernetes/#' | paste -sd,)
"$K8SLAB/src/openapi-gen" -i "$dirs" -p k8s.io/kubernetes/pkg/generated/openapi -O zz_generated.openapi \
  -h vendor/k8s.io/code-generator/hack/boilerplate.go.txt -r "$K8SLAB/src/openapi.report"

ld="-s -w"
for p in k8s.io/kubernetes/vendor/k8s.io/component-base/version k8s.io/kubernetes/vendor/k8s.io/client-go/pkg/version; do
  ld="$ld -X $p.gitVersion=v1.20.2 -X $p.gitMajor=1 -X $p.gitMinor=20 -X $p.gitTreeState=archive -X $p.buildDate=2021-01-13T00:00:00Z"
done
read -ra programs <<< "$programs"
number=0
for b in "${programs[@]}"; do
  say "building $b ($((++number)) of ${#programs[@]}); on a busy machine one takes up to 45 minutes"
  t=$SECONDS; go build -ldflags "$ld" -o "$out/$b" "k8s.io/kubernetes/cmd/$b"; say "$b is built, in $((SECONDS-t)) s"
done
say "everything is in $out"
[ -e "$K8SLAB/bin" ] || ln -s "$out" "$K8SLAB/bin"
