"""Loads configuration with the parser of Zuul, and checks that what it refers to exists.

    parse.py FILE...

The files are those of one tenant. Jobs whose parent is `base`, and the pipelines check, gate and periodic, come from elsewhere.
"""

import sys
from pathlib import Path
from types import SimpleNamespace

from zuul import configloader, model

ROOT = Path(__file__).resolve().parents[2]
PIPELINES = {"check", "gate", "periodic"}


def parse(path):
    """Returns what a file has, and what is wrong with it."""
    project = "scs-conformance" if path.parent == ROOT else "nightly"
    context = model.SourceContext(f"example.org/{project}", project, "git", "main", path.name)
    unparsed = model.UnparsedConfig()
    unparsed.extend(configloader.safe_load_yaml(path.read_text(), context))
    connections = SimpleNamespace(connections={}) # There are no pipelines here.
    loader = configloader.TenantParser(None, None, None, None, None, None, None, None)
    parsed = loader.parseConfig(unparsed, configloader.ParseContext(connections, None, None, None))
    kinds = ("pragma", "pipeline", "job", "semaphore", "project", "project_template", "nodeset", "secret", "queue")
    wrong = [error for kind in kinds for error in getattr(parsed, f"{kind}_errors")]
    return parsed, [f"{path}: {error.error}" for error in wrong]


def references(configs):
    """Yields each name that stands for nothing."""
    jobs = {job.name: job for config in configs for job in config.jobs}
    secrets = {secret.name for config in configs for secret in config.secrets}
    semaphores = {semaphore.name for config in configs for semaphore in config.semaphores}
    nodesets = {nodeset.name for config in configs for nodeset in config.nodesets}
    for job in jobs.values():
        if job.parent != "base" and job.parent not in jobs:
            yield f"{job.name}: there is no job {job.parent}"
        if isinstance(job.nodeset, str) and job.nodeset not in nodesets:
            yield f"{job.name}: there is no nodeset {job.nodeset}"
        for secret in job.secrets:
            if secret.name not in secrets:
                yield f"{job.name}: there is no secret {secret.name}"
        for playbook in (*job.pre_run, *job.run, *job.post_run):
            if not (ROOT / playbook.path).is_file():
                yield f"{job.name}: there is no playbook {playbook.path}"
            for semaphore in playbook.semaphores:
                if semaphore.name not in semaphores:
                    yield f"{job.name}: there is no semaphore {semaphore.name}"
    for project in (project for config in configs for project in config.projects):
        for name, pipeline in project.pipelines.items():
            if name not in PIPELINES:
                yield f"there is no pipeline {name}"
            for job in pipeline.job_list.jobs:
                if job not in jobs:
                    yield f"{name}: there is no job {job}"
                elif jobs[job].abstract:
                    yield f"{name}: the job {job} is abstract"


def expectations(configs):
    """Yields what the nightly jobs must have, and have not."""
    jobs = {job.name: job for config in configs for job in config.jobs}
    sweep = jobs["scs-conformance-nightly"]
    if not all(playbook.cleanup for playbook in sweep.post_run) or not sweep.post_timeout:
        yield "what is left after an abort would stay: post-run needs cleanup and a timeout"
    for job in (job for job in jobs.values() if "conformance-iaas" in job.name or "conformance-kaas" in job.name):
        if job.pre_run:
            yield f"{job.name}: a failure in pre-run would repeat the job"
        if not job.timeout or not job.attempts:
            yield f"{job.name}: no timeout, or no number of attempts"


def main(paths):
    parsed = [parse(Path(path).resolve()) for path in paths]
    configs = [config for config, _ in parsed]
    wrong = [line for _, lines in parsed for line in lines]
    wrong += [*references(configs), *expectations(configs)]
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{len(paths)} files, {sum(len(config.jobs) for config in configs)} jobs, {len(wrong)} problems")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
