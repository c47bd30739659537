#!/bin/bash
# Makes the lab's certificates and kubeconfig files (once; remove $K8SLAB/pki to start over).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=env.sh
. "$here/env.sh"
mkdir -p "$PKI"; chmod 700 "$PKI"; cd "$PKI"
ca() { # name CN
  [ -f "$1.crt" ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=$2" -keyout "$1.key" -out "$1.crt" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature 2>/dev/null
}
crt() { # name ca subject usage [san] [days]
  [ -f "$1.crt" ] && return
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$3" -keyout "$1.key" -out "$1.csr" 2>/dev/null
  { echo "keyUsage=critical,digitalSignature,keyEncipherment"; echo "extendedKeyUsage=$4"; [ -z "${5:-}" ] || echo "subjectAltName=$5"; } > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$2.crt" -CAkey "$2.key" -CAcreateserial -days "${6:-3650}" -extfile "$1.ext" -out "$1.crt" 2>/dev/null
  rm -f "$1.csr" "$1.ext"
}
ca ca lab-ca; ca etcd-ca lab-etcd-ca; ca front-proxy-ca lab-front-proxy-ca; ca other-ca lab-untrusted-ca
san="DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:127.0.0.1,IP:10.96.0.1"
crt apiserver ca /CN=kube-apiserver serverAuth "$san"
crt etcd etcd-ca /CN=etcd serverAuth,clientAuth "DNS:localhost,IP:127.0.0.1"
crt etcd-client etcd-ca /CN=kube-apiserver-etcd-client clientAuth
crt front-proxy-client front-proxy-ca /CN=front-proxy-client clientAuth
crt kubelet-client ca /O=system:masters/CN=kube-apiserver-kubelet-client clientAuth
crt admin ca /O=system:masters/CN=lab-admin clientAuth
crt controller-manager ca /CN=system:kube-controller-manager clientAuth
crt scheduler ca /CN=system:kube-scheduler clientAuth
crt fakekubelet ca /O=system:masters/CN=lab-fakekubelet clientAuth
crt restricted ca /O=lab-restricted/CN=lab-restricted clientAuth
crt noaccess ca /O=lab-noaccess/CN=lab-noaccess clientAuth
crt node ca /O=system:nodes/CN=system:node:real-1 clientAuth
crt kube-proxy ca /CN=system:kube-proxy clientAuth
crt untrusted other-ca /O=system:masters/CN=lab-admin clientAuth
[ -f sa.key ] || { openssl genrsa -out sa.key 2048 2>/dev/null; openssl rsa -in sa.key -pubout -out sa.pub 2>/dev/null; }

b64() { base64 -w0 < "$1"; }
kubeconfig() { # file name cert
  cat > "$1" <<K
apiVersion: v1
kind: Config
clusters:
- name: lab
  cluster:
    server: https://127.0.0.1:$K8SLAB_PORT
    certificate-authority-data: $(b64 ca.crt)
users:
- name: $2
  user:
    client-certificate-data: $(b64 "$3.crt")
    client-key-data: $(b64 "$3.key")
contexts:
- name: $2@lab
  context: {cluster: lab, user: $2}
current-context: $2@lab
K
  chmod 600 "$1"
}
kubeconfig "$ADMIN" lab-admin admin
kubeconfig "$K8SLAB/kubeconfig-restricted.yaml" lab-restricted restricted   # may only read what RBAC's `view` allows in one namespace
kubeconfig "$K8SLAB/kubeconfig-noaccess.yaml" lab-noaccess noaccess         # known to the server, no rights at all
kubeconfig "$K8SLAB/kubeconfig-untrusted.yaml" lab-untrusted untrusted      # certificate of another CA: 401
kubeconfig controller-manager.kubeconfig system:kube-controller-manager controller-manager
kubeconfig node.kubeconfig system:node:real-1 node
kubeconfig kube-proxy.kubeconfig system:kube-proxy kube-proxy
kubeconfig scheduler.kubeconfig system:kube-scheduler scheduler
