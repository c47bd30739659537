#!/usr/bin/env python3
"""Record what the API server of the lab answers, as the yardstick of the simulated cluster.

    ./up.sh && ./seed.sh ha one && ./record.py ../../fixtures/recorded/kubernetes
    ./node.sh && ./record.py ../../fixtures/recorded/kubernetes-node real-1; ./node.sh stop

One file per request: who asked for what, and status, content type and body of the answer. The requests that change
something concern the namespace `scs-recorded`, which is gone in the end. The replay goes in the order of the names.
`src/simcloud/tests/kubernetes/mirror.rs` sends the same requests to the simulated cluster and compares.

What a node in name only answers to `proxy/configz` is not recorded: nothing listens at its address, so the answer is
that of whatever network the lab runs in.
"""
import http.client
import json
import pathlib
import ssl
import sys
import time

import lab

OUT = pathlib.Path(sys.argv[1])
REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
RULES = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
SPACE = "scs-recorded"
INSIDE = f"/api/v1/namespaces/{SPACE}"
POLICIES = f"/apis/networking.k8s.io/v1/namespaces/{SPACE}/networkpolicies"
CLASSES = "/apis/storage.k8s.io/v1/storageclasses"


def review(**attributes):
    return {"spec": {"resourceAttributes": attributes}}


def pod(**changes):
    return {"metadata": {"name": "p", "labels": {"app": "p"}}, "spec": {
        "restartPolicy": "Never", "automountServiceAccountToken": False, "containers": [{"name": "c", "image": "example/probe:1"}], **changes}}


CLAIM = {"metadata": {"name": "data"}, "spec": {
    "accessModes": ["ReadWriteOnce"], "storageClassName": "fast", "resources": {"requests": {"storage": "1Gi"}}}}
POLICY = {"metadata": {"name": "deny"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}}

# name, user, method, path, body
REQUESTS = [
    ("version", "admin", "GET", "/version", None),
    ("version-anonymous", "", "GET", "/version", None),
    ("version-untrusted", "untrusted", "GET", "/version", None),
    ("health", "admin", "GET", "/healthz", None),
    ("live-anonymous", "", "GET", "/livez", None),
    ("api", "admin", "GET", "/api", None),
    ("api-anonymous", "", "GET", "/api", None),
    ("apis", "noaccess", "GET", "/apis", None),
    ("api-storage", "noaccess", "GET", "/apis/storage.k8s.io/v1", None),
    ("path-unknown", "noaccess", "GET", "/nowhere", None),
    ("group-unknown", "admin", "GET", "/apis/nowhere.example/v1/things", None),
    ("group-unknown-noaccess", "noaccess", "GET", "/apis/nowhere.example/v1/things", None),
    ("resource-unknown", "admin", "GET", "/api/v1/things", None),
    ("nodes", "admin", "GET", "/api/v1/nodes", None),
    ("nodes-page", "admin", "GET", "/api/v1/nodes?limit=2", None),
    ("nodes-labelled", "admin", "GET", "/api/v1/nodes?limit=1&labelSelector=node-role.kubernetes.io%2Fcontrol-plane", None),
    ("nodes-limit-nonsense", "admin", "GET", "/api/v1/nodes?limit=x", None),
    ("nodes-field-unknown", "admin", "GET", "/api/v1/nodes?fieldSelector=color%3Dred", None),
    ("nodes-anonymous", "", "GET", "/api/v1/nodes", None),
    ("nodes-untrusted", "untrusted", "GET", "/api/v1/nodes", None),
    ("nodes-restricted", "restricted", "GET", "/api/v1/nodes", None),
    ("nodes-noaccess", "noaccess", "GET", "/api/v1/nodes", None),
    ("node-unknown", "admin", "GET", "/api/v1/nodes/nobody", None),
    ("configz-unknown", "admin", "GET", "/api/v1/nodes/nobody/proxy/configz", None),
    ("configz-noaccess", "noaccess", "GET", "/api/v1/nodes/cp-1/proxy/configz", None),
    ("storageclasses", "admin", "GET", CLASSES, None),
    ("storageclasses-noaccess", "noaccess", "GET", CLASSES, None),
    ("storageclass", "admin", "GET", f"{CLASSES}/standard", None),
    ("storageclass-unknown", "admin", "GET", f"{CLASSES}/nothing", None),
    ("namespaces", "admin", "GET", "/api/v1/namespaces", None),
    ("namespace-unknown", "admin", "GET", "/api/v1/namespaces/nowhere", None),
    ("pods-system", "admin", "GET", "/api/v1/namespaces/kube-system/pods", None),
    ("pods-restricted", "restricted", "GET", "/api/v1/namespaces/lab/pods", None),
    ("pods-restricted-elsewhere", "restricted", "GET", "/api/v1/namespaces/kube-system/pods", None),
    ("pod-log-noaccess", "noaccess", "GET", "/api/v1/namespaces/lab/pods/p/log", None),
    ("ingressclasses", "admin", "GET", "/apis/networking.k8s.io/v1/ingressclasses", None),
    ("definitions", "admin", "GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", None),
    ("policies-restricted", "restricted", "GET", "/apis/networking.k8s.io/v1/namespaces/lab/networkpolicies", None),
    ("review-admin", "admin", "POST", REVIEW, review(verb="list", resource="nodes")),
    ("review-restricted", "restricted", "POST", REVIEW, review(verb="list", resource="pods", namespace="lab")),
    ("review-noaccess", "noaccess", "POST", REVIEW, review(verb="get", resource="nodes", subresource="proxy")),
    ("review-path", "noaccess", "POST", REVIEW, {"spec": {"nonResourceAttributes": {"verb": "get", "path": "/version"}}}),
    ("review-of-nothing", "noaccess", "POST", REVIEW, {"spec": {}}),
    ("review-untrusted", "untrusted", "POST", REVIEW, review(verb="list", resource="nodes")),
    ("rules-noaccess", "noaccess", "POST", RULES, {"spec": {"namespace": "default"}}),
    ("rules-without-namespace", "noaccess", "POST", RULES, {"spec": {}}),
    ("create-namespace-noaccess", "noaccess", "POST", "/api/v1/namespaces", {"metadata": {"name": SPACE}}),
    ("create-namespace-nameless", "admin", "POST", "/api/v1/namespaces", {"metadata": {}}),
    ("create-namespace", "admin", "POST", "/api/v1/namespaces", {"metadata": {"name": SPACE, "labels": {"scs": "1"}}}),
    ("create-namespace-again", "admin", "POST", "/api/v1/namespaces", {"metadata": {"name": SPACE}}),
    ("create-pod-nowhere", "admin", "POST", "/api/v1/namespaces/nowhere/pods", pod()),
    ("create-pod-elsewhere", "admin", "POST", "/api/v1/pods", pod()),
    ("create-pod-empty", "admin", "POST", f"{INSIDE}/pods", pod(containers=[])),
    ("create-pod-other-kind", "admin", "POST", f"{INSIDE}/pods", {"kind": "Node", "apiVersion": "v1", **pod()}),
    ("dry-pod", "admin", "POST", f"{INSIDE}/pods?dryRun=All", pod()),
    ("dry-pod-privileged", "admin", "POST", f"{INSIDE}/pods?dryRun=All",
     pod(containers=[{"name": "c", "image": "example/probe:1", "securityContext": {"privileged": True}}])),
    ("dry-pod-left-nothing", "admin", "GET", f"{INSIDE}/pods/p", None),
    ("create-claim", "admin", "POST", f"{INSIDE}/persistentvolumeclaims", CLAIM),
    ("create-policy", "admin", "POST", POLICIES, POLICY),
    ("delete-policy", "admin", "DELETE", f"{POLICIES}/deny", None),
    ("delete-policy-again", "admin", "DELETE", f"{POLICIES}/deny", None),
    ("delete-namespace-system", "admin", "DELETE", "/api/v1/namespaces/kube-system", None),
    ("delete-namespace-other-uid", "admin", "DELETE", INSIDE, {"preconditions": {"uid": "another"}}),
    ("delete-namespace", "admin", "DELETE", INSIDE, None),
    ("create-too-late", "admin", "POST", f"{INSIDE}/configmaps", {"metadata": {"name": "late"}}),
]


def on_node(name, script, node):
    return pod(nodeSelector={"kubernetes.io/hostname": node}, containers=[
        {"name": "c", "image": "lab.test/busybox:1", "command": ["sh", "-c", script]}]) | {"metadata": {"name": name}}


def requests_of_node(node):
    """What a real node does with pods, once they have come to their end."""
    pods = f"{INSIDE}/pods"
    make = [("create-namespace", "admin", "POST", "/api/v1/namespaces", {"metadata": {"name": SPACE}})]
    make += [(f"create-{name}", "admin", "POST", pods, on_node(name, script, where)) for name, script, where in (
        ("well", "echo hello", node), ("badly", "echo no; exit 1", node), ("nowhere", "true", "no-such-node"))]
    look = [("configz", "admin", "GET", f"/api/v1/nodes/{node}/proxy/configz", None),
            ("proxy-unknown", "admin", "GET", f"/api/v1/nodes/{node}/proxy/nothing", None),
            ("exec", "admin", "GET", f"{pods}/well/exec?command=ls", None)]
    for name in ("well", "badly", "nowhere"):
        look += [(f"pod-{name}", "admin", "GET", f"{pods}/{name}", None), (f"log-{name}", "admin", "GET", f"{pods}/{name}/log", None)]
    look += [("log-other-container", "admin", "GET", f"{pods}/well/log?container=other", None),
             ("delete-namespace", "admin", "DELETE", INSIDE, None)]
    return make + look


def connect(user):
    tls = ssl.create_default_context(cafile=f"{lab.LAB}/pki/ca.crt")
    if user:
        tls.load_cert_chain(f"{lab.LAB}/pki/{user}.crt", f"{lab.LAB}/pki/{user}.key")
    return http.client.HTTPSConnection("127.0.0.1", lab.PORT, context=tls, timeout=30)


def lean(value):
    """Without who manages which field, and without address and folder of the lab."""
    if isinstance(value, dict):
        return {key: lean(inner) for key, inner in value.items() if key != "managedFields"}
    if isinstance(value, list):
        return [lean(inner) for inner in value]
    if isinstance(value, str):
        return value.replace(f"127.0.0.1:{lab.PORT}", "cluster.example").replace(f"{lab.LAB}/", "/lab/")
    return value


def record(number, name, user, method, path, body):
    link = connect(user)
    link.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"})
    answer = link.getresponse()
    text = answer.read().decode()
    kind = answer.getheader("content-type")
    whole = {"user": user, "method": method, "path": path, "request": body, "status": answer.status, "content_type": kind,
             "body": lean(json.loads(text)) if kind == "application/json" else text}
    (OUT / f"{number:02}-{name}.json").write_text(json.dumps(whole, indent=1) + "\n")


def gone():
    try:
        lab.Api("admin")("GET", INSIDE)
    except lab.Refused as no:
        return no.status == 404
    return False


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.json"):
        old.unlink()
    requests = requests_of_node(sys.argv[2]) if len(sys.argv) > 2 else REQUESTS
    for number, request in enumerate(requests, 1):
        record(number, *request)
        if request[0] == "create-namespace":
            time.sleep(2)       # the service account that pods need comes a moment later
        if request[0] == "create-nowhere":
            time.sleep(20)      # the pods come to their end
    while not gone():
        time.sleep(0.5)
    print(f"{len(requests)} answers")


main()
