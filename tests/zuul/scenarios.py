"""Nights as Zuul runs them: five simulated clouds, one of them failing, a result server, and the playbooks of the jobs.

    scenarios.py PROGRAM SIMULATOR [SCENARIO]
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TOKEN = "a-token-that-nobody-may-see"
NAMES = ["cloud-a", "cloud-b", "cloud-c", "cloud-d", "cloud-e"]
FAILING = "cloud-e"
SCENARIOS = ROOT / "src/simcloud/scenarios"
# The first removal of a volume takes a minute: in the middle of a run, while there is something to remove.
SLOW = "faults: [{service: block-storage, method: DELETE, times: {first: 1}, what: {delay: 60000}}]\n"
KINDS = {"volumes", "backups", "servers", "networks", "security-groups", "os-keypairs", "secrets", "images"}


class Cloud:
    """A simulated cloud."""

    def __init__(self, simulator, folder, name, scenario):
        self.log = folder / f"{name}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen([simulator, scenario], stdout=subprocess.PIPE, stderr=log, text=True)
        # The simulator prints one document and goes on.
        text = ""
        while "clouds:" not in text or "\n\n" not in text:
            line = self.process.stdout.readline()
            assert line, f"the simulator ended: {self.log.read_text()}"
            text += line
        self.entry = yaml.safe_load(text)["clouds"]["simulated"]

    def stop(self):
        """Stops the cloud, and returns how many resources of each kind were created and removed."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        created, removed = {}, {}
        for method, target, _ in re.findall(r"^(POST|DELETE) (\S+) (?:Some\()?(2\d\d)", self.log.read_text(), re.M):
            parts = target.partition("?")[0].rstrip("/").split("/")
            kind = parts[-1] if method == "POST" else parts[-2]
            if kind in KINDS and method == "POST":
                created[kind] = created.get(kind, 0) + 1
            elif kind in KINDS:
                removed.setdefault(kind, set()).add(parts[-1])
        return created, {kind: len(which) for kind, which in removed.items()}


class Night:
    """A folder with all that a job has: clouds, a result server, an inventory, and the variables of the job."""

    def __init__(self, stack, program, simulator, scenarios, **variables):
        self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.home = self.folder / "home"
        self.output = self.home / "zuul-output/artifacts/scs-conformance"
        self.returned = self.folder / "returned.json"
        self.clouds = {name: Cloud(simulator, self.folder, name, scenario) for name, scenario in scenarios.items()}
        for cloud in self.clouds.values():
            stack.callback(cloud.process.kill)
        key = self.folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key], check=True)
        self.server = self.folder / "server"
        self.server.mkdir()
        account = {"name": "zuul", "token": TOKEN, "key": key.with_suffix(".pub").read_text(), "delegations": NAMES}
        (self.server / "account.json").write_text(json.dumps(account))
        server = subprocess.Popen([sys.executable, HERE / "server.py", self.server], stdout=subprocess.PIPE, text=True)
        stack.callback(server.kill)
        self.secret = key.read_text()
        self.write_variables(program, server.stdout.readline().strip(), variables)

    def write_variables(self, program, url, variables):
        """Writes what Zuul gives to Ansible."""
        entries = {name: dict(cloud.entry) for name, cloud in self.clouds.items()}
        secrets = {name: {"auth": entry.pop("auth")} for name, entry in entries.items()}
        config = {
            "defaults": {"scope": "scs-compatible-iaas", "changes": False, "deadline": "5m"},
            "signing": {"key": {"file": "keys/report.key"}, "identity": "zuul"},
            "servers": [{"url": url, "account": "zuul", "token": {"file": "secrets/token"}}],
            "subjects": [{"name": name, "group": "provider", "cloud": name} for name in self.clouds],
        }
        config["defaults"].update(variables.pop("defaults", {}))
        given = {
            "zuul": {"build": "0123456789abcdef", "timeout": 1200},
            "scs_program": str(program),
            "scs_dir": str(self.home / "scs-conformance"),
            "scs_output_dir": str(self.output),
            "scs_config": config,
            "scs_clouds": entries,
            # As from Zuul: without the line end that a key needs.
            "scs_secret": {"clouds": secrets, "files": {"keys/report.key": self.secret.strip(), "secrets/token": TOKEN}},
        }
        (self.folder / "variables.json").write_text(json.dumps(given | variables))
        host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        (self.folder / "inventory.json").write_text(json.dumps({"all": {"hosts": {"node": host}}}))

    def start(self, playbook, **variables):
        """Starts a playbook, in a process group of its own."""
        environment = os.environ | {
            "ANSIBLE_LIBRARY": str(HERE / "library"),
            "ANSIBLE_ROLES_PATH": str(ROOT / "roles"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "ansible"),
            "ANSIBLE_REMOTE_TEMP": str(self.folder / "ansible"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "ZUUL_RETURN": str(self.returned),
        }
        ansible = Path(sys.executable).with_name("ansible-playbook")
        command = [ansible, "-vvv", "-i", self.folder / "inventory.json", "-e", f"@{self.folder / 'variables.json'}"]
        command += ["-e", json.dumps(variables), ROOT / f"playbooks/nightly/{playbook}.yaml"]
        with (self.folder / "ansible.log").open("a") as log:
            return subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)

    def play(self, playbook, **variables):
        """Runs a playbook, and returns its exit code."""
        return self.start(playbook, **variables).wait(600)

    def summary(self):
        """Returns the summary of the night for machines."""
        return json.loads((self.output / "summary.json").read_text())

    def requests(self):
        """Returns the requests that the result server got."""
        path = self.server / "requests.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def pid(self):
        """Returns the process id of the program, or none if it has not begun."""
        path = self.home / "scs-conformance/pid"
        return int(path.read_text()) if path.exists() and path.read_text().strip() else None

    def is_in_the_middle(self):
        """Returns true if the program has recorded something that it creates."""
        files = (self.home / "scs-conformance/state").rglob("*")
        return any("journal" in str(path) and path.is_file() and path.stat().st_size for path in files)

    def expect_no_secret(self):
        """Fails if a secret is in a log or an artifact, or if the configuration is still there."""
        assert not (self.home / "scs-conformance/config").exists(), "the configuration is still there"
        secrets = [TOKEN, self.secret.splitlines()[2]]
        secrets += [cloud.entry["auth"]["password"] for cloud in self.clouds.values() if len(cloud.entry["auth"]["password"]) > 7]
        for path in [self.folder / "ansible.log", self.returned, *self.output.rglob("*")]:
            text = path.read_text(errors="replace") if path.is_file() else ""
            assert not any(secret in text for secret in secrets), f"there is a secret in {path}"

    def fail(self):
        """Prints the end of the log of Ansible."""
        lines = (self.folder / "ansible.log").read_text().splitlines()
        begins = [number for number, line in enumerate(lines) if line.startswith("fatal:")]
        print("\n".join(lines[begins[-1] - 40 : begins[-1] + 30] if begins else lines[-60:]), file=sys.stderr)


def is_alive(pid):
    """Returns true if a process exists, and is not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def expect(actual, expected, what):
    """Fails if two values differ."""
    assert actual == expected, f"{what}: {actual!r}, not {expected!r}"


def five(folder=SCENARIOS):
    """Returns the scenarios of five clouds, one of which fails."""
    return {name: folder / ("broken.yaml" if name == FAILING else "conformant.yaml") for name in NAMES}


def violating(folder):
    """Writes the scenario of a cloud that violates much, and of which everything can be tested."""
    path = Path(folder) / "violating.yaml"
    path.write_text((SCENARIOS / "broken.yaml").read_text().split("\nfaults:")[0] + "\n")
    return path


def expect_results(night):
    """Fails if a report, an artifact or a warning is missing."""
    summary = night.summary()
    expect(summary["format"], "scs-conformance-night", "format")
    expect(sorted(subject["name"] for subject in summary["subjects"]), NAMES, "subjects")
    expect({subject["state"] for subject in summary["subjects"]}, {"tested"}, "states")
    expect([subject["name"] for subject in summary["subjects"] if subject["verdict"] == "FAIL"], [FAILING], "failing")
    expect(summary["counts"]["undelivered"], 0, "undelivered")
    expect(summary["counts"]["left_behind"], 0, "left behind")
    requests = [request for request in night.requests() if request["status"] == 200]
    expect(sorted(request["subjects"] for request in requests), [[name] for name in NAMES], "a request for each subject")
    returned = json.loads(night.returned.read_text())
    for artifact in returned["artifacts"]:
        assert (night.home / "zuul-output" / artifact["url"]).exists(), f"there is no artifact {artifact}"
    reports = [artifact["metadata"]["subject"] for artifact in returned["artifacts"] if "subject" in artifact["metadata"]]
    expect(sorted(reports), NAMES, "artifacts of subjects")
    folder = next(subject["folder"] for subject in summary["subjects"] if subject["name"] == FAILING)
    assert len(list(Path(folder).iterdir())) >= 4, f"the formats are missing in {folder}"
    assert any(FAILING in warning for warning in returned["warnings"]), f"no warning names {FAILING}"


def violations_are_results(night):
    """One cloud fails. The job is green, and red where it shall be red for that."""
    expect(night.play("prepare"), 0, "prepare")
    for path in (night.home / "scs-conformance/config").rglob("*"):
        expect(path.stat().st_mode & 0o077, 0, f"mode of {path} for others")
    expect(night.play("run"), 0, "run")
    expect(night.play("post"), 0, "post")
    expect_results(night)
    night.expect_no_secret()
    expect(night.play("prepare"), 0, "prepare")
    assert night.play("run", scs_fail_on="violation") != 0, "the job is green in spite of scs_fail_on"
    expect(night.summary()["exit_code"], 1, "exit code")
    expect(night.play("post"), 0, "post")
    night.expect_no_secret()


def server_is_down(night):
    """Reports cannot be delivered: the job is red, and post-run delivers them when the server is back."""
    (night.server / "down").touch()
    expect(night.play("prepare"), 0, "prepare")
    assert night.play("run") != 0, "the job is green, and nothing was delivered"
    expect(night.summary()["exit_code"], 4, "exit code")
    expect([request for request in night.requests() if request["status"] == 200], [], "delivered")
    (night.server / "down").unlink()
    expect(night.play("post"), 0, "post")
    delivered = [request["subjects"] for request in night.requests() if request["status"] == 200]
    expect(sorted(delivered), [[name] for name in NAMES], "delivered later")
    night.expect_no_secret()


def token_is_empty(night):
    """Everything is tested and nothing delivered: the job is red, and a warning for each report says so."""
    secret = json.loads((night.folder / "variables.json").read_text())["scs_secret"]
    secret["files"]["secrets/token"] = ""
    expect(night.play("prepare", scs_secret=secret), 0, "prepare")
    assert night.play("run") != 0, "the job is green, and nothing was delivered"
    expect(night.summary()["exit_code"], 4, "exit code")
    night.play("post")
    warnings = json.loads(night.returned.read_text())["warnings"]
    expect(sum("was not delivered" in warning for warning in warnings), len(NAMES), "warnings")
    night.expect_no_secret()


def cloud_is_down(night):
    """A cloud cannot be reached: the job is red, and the others are tested and delivered."""
    lost = night.clouds[NAMES[0]]
    lost.stop()
    expect(night.play("prepare"), 0, "prepare")
    assert night.play("run") != 0, "the job is green, and a cloud was not tested"
    expect(night.summary()["exit_code"], 3, "exit code")
    expect(night.play("post"), 0, "post")
    delivered = {name for request in night.requests() if request["status"] == 200 for name in request["subjects"]}
    assert delivered >= set(NAMES[1:]), f"only {delivered} were delivered"
    night.expect_no_secret()


def abort(night, kill_program):
    """The job is aborted while it has resources. Post-run stops the program and removes everything."""
    expect(night.play("prepare"), 0, "prepare")
    run = night.start("run")
    until = time.monotonic() + 60
    while not (night.pid() and night.is_in_the_middle()) and time.monotonic() < until:
        assert run.poll() is None, "the run ended before it was aborted"
        time.sleep(0.2)
    time.sleep(3)
    program = night.pid()
    assert program and is_alive(program), "the program is not running"
    os.killpg(run.pid, signal.SIGKILL)
    run.wait(30)
    if kill_program and is_alive(program):
        os.kill(program, signal.SIGKILL)
    expect(night.play("post"), 0, "post")
    assert not is_alive(program), "the program is still running"
    night.expect_no_secret()
    for name, cloud in night.clouds.items():
        created, removed = cloud.stop()
        left = {kind: number for kind, number in created.items() if removed.get(kind, 0) < number}
        assert not left, f"{name}: created {created}, removed {removed}"
        assert name != NAMES[0] or created, f"{name}: nothing was created before the abort"


def main(program, simulator, only=""):
    """Runs the scenarios whose name begins so, and says how each ended."""
    changing = {"defaults": {"changes": True}, "scs_sections": "light,medium,heavy"}
    scenarios = [
        (violations_are_results, {}, {}),
        (server_is_down, {}, {}),
        (token_is_empty, {}, {}),
        (cloud_is_down, {}, {}),
        (abort, {"kill_program": False}, changing),
        (abort, {"kill_program": True}, changing),
    ]
    scenarios = [scenario for scenario in scenarios if scenario[0].__name__.startswith(only)]
    failed = 0
    for scenario, arguments, variables in scenarios:
        title = f"{scenario.__name__} {' '.join(f'{key}={value}' for key, value in arguments.items())}".strip()
        begun = time.monotonic()
        with ExitStack() as stack:
            clouds = five()
            clouds[FAILING] = violating(stack.enter_context(tempfile.TemporaryDirectory()))
            if variables:
                slow = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "slow.yaml"
                slow.write_text(SLOW)
                clouds[NAMES[0]] = slow
                clouds[FAILING] = clouds[NAMES[1]]
            night = Night(stack, program, simulator, clouds, **json.loads(json.dumps(variables)))
            try:
                scenario(night, **arguments)
                print(f"ok      {title} ({time.monotonic() - begun:.0f} s)", flush=True)
            except (AssertionError, OSError, subprocess.TimeoutExpired) as error:
                failed += 1
                print(f"FAILED  {title}: {error}", flush=True)
                night.fail()
            finally:
                if night.pid() and is_alive(night.pid()):
                    os.kill(night.pid(), signal.SIGKILL)
    print(f"{len(scenarios) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
