"""A result server that takes what today's takes, and nothing else.

    server.py FOLDER

Prints its address. FOLDER has `account.json` ({name, token, key, delegations}). The server writes each report to
FOLDER/reports/UUID.yaml and a line about each request to FOLDER/requests.jsonl. While there is a file FOLDER/down, it answers 503.
"""

import base64
import json
import subprocess
import sys
import tempfile
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock

import yaml

END = b"-----END SSH SIGNATURE-----\n"
BEGIN = b"-----BEGIN SSH SIGNATURE-----\n"
# The server gives its allowed signers this name, whatever the key is called elsewhere.
IDENTITY = "mail@csp.eu"
TYPES = ("application/x-signed-yaml", "application/x-signed-json")
SPEC = {"uuid": str, "name": str, "url": str}
RUN = {"uuid": str, "argv": list, "assignment": dict, "invocations": dict}
INVOCATION = {"id": str, "cmd": object, "results": dict, "rc": int, "stdout": list, "stderr": list,
              "info": int, "warning": int, "error": int, "critical": int}


class Refused(Exception):
    """An answer that is not 200."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


def need(value, keys, where):
    """Refuses a map that lacks a key, or has a value of another type."""
    if not isinstance(value, dict):
        raise Refused(422, f"{where} is not a map")
    for key, kind in keys.items():
        if not isinstance(value.get(key), kind):
            raise Refused(422, f"{where}.{key} is missing, or is not {kind.__name__}")


def check_document(report):
    """Refuses a document that is not a report."""
    need(report, {"spec": dict, "checked_at": object, "reference_date": object, "subject": str, "run": dict}, "report")
    need(report["spec"], SPEC, "spec")
    need(report["run"], RUN, "run")
    for name in ("sections", "forced_version", "forced_tests"):
        if name not in report["run"]:
            raise Refused(422, f"run.{name} is missing")
    for text in (report["spec"]["uuid"], report["run"]["uuid"]):
        uuid.UUID(text)
    for name, invocation in report["run"]["invocations"].items():
        need(invocation, INVOCATION, f"run.invocations.{name}")
        if not all(result in (-1, 0, 1) for result in invocation["results"].values()):
            raise Refused(422, f"run.invocations.{name}.results has another number than -1, 0 and 1")


def check_signature(signature, data, key):
    """Refuses a signature that `ssh-keygen` does not accept."""
    with tempfile.TemporaryDirectory() as folder:
        signers, signed = Path(folder, "signers"), Path(folder, "signature")
        signers.write_text(f"{IDENTITY} {key}\n")
        signed.write_bytes(signature)
        command = ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", IDENTITY, "-n", "report", "-s", signed]
        if subprocess.run(command, input=data, capture_output=True, check=False).returncode:
            raise Refused(401, "bad signature")


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    folder = Path(sys.argv[1])
    account = json.loads((folder / "account.json").read_text())
    lock = Lock()

    def do_POST(self):
        """Takes an upload, as a whole or not at all."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            subjects = self.take(body)
            status, answer = 200, "empty reports" if not subjects else None
        except Refused as refused:
            subjects, status, answer = [], refused.status, {"detail": str(refused)}
        with self.lock, (self.folder / "requests.jsonl").open("a") as log:
            print(json.dumps({"status": status, "subjects": subjects, "answer": answer}), file=log)
        answer = json.dumps(answer).encode()
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="Compliance monitor"')
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def take(self, body):
        """Returns the subjects of an upload, or refuses it."""
        if (self.folder / "down").exists():
            raise Refused(503, "down")
        if self.path != "/reports":
            raise Refused(404, "not found")
        expected = base64.b64encode(f"{self.account['name']}:{self.account['token']}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {expected}":
            raise Refused(401, "incorrect credentials")
        if self.headers.get("Content-Type") not in TYPES:
            raise Refused(415, "unsupported media type")
        signature, separator, data = body.partition(END + b"&")
        if not separator or not signature.startswith(BEGIN):
            raise Refused(401, "missing signature")
        check_signature(signature + END, data, self.account["key"])
        try:
            reports = [report for report in yaml.safe_load_all(data) if report is not None]
            for report in reports:
                check_document(report)
        except (yaml.YAMLError, ValueError) as error:
            raise Refused(422, str(error)) from error
        return self.store(reports)

    def store(self, reports):
        """Stores reports of subjects that have delegated to the account, once each."""
        names = [report["run"]["uuid"] for report in reports]
        subjects = [report["subject"] for report in reports]
        with self.lock:
            if not {self.account["name"], *self.account["delegations"]}.issuperset(subjects):
                raise Refused(401, "permission denied")
            paths = [self.folder / "reports" / f"{name}.yaml" for name in names]
            if len(set(names)) < len(names) or any(path.exists() for path in paths):
                raise Refused(409, "duplicate report")
            for path, report in zip(paths, reports):
                path.parent.mkdir(exist_ok=True)
                path.write_text(yaml.safe_dump(report))
        return subjects

    def log_message(self, *_):
        """Stays silent: requests.jsonl has everything."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
