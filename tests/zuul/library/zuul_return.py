#!/usr/bin/python
"""Stands in for the action of Zuul: adds what a job returns to the file that ZUUL_RETURN names, if Zuul would take it."""

import json
import os
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule


def refusals(returned):
    """Yields each part that Zuul would refuse."""
    for artifact in returned.get("artifacts", []):
        texts = [artifact.get("name"), artifact.get("url")]
        if not all(isinstance(text, str) for text in texts) or not isinstance(artifact.get("metadata", {}), dict):
            yield f"no artifact: {artifact}"
        if set(artifact) - {"name", "url", "metadata"}:
            yield f"unknown keys: {artifact}"
    for warning in returned.get("warnings", []):
        if not isinstance(warning, str):
            yield f"no text: {warning}"


def main():
    module = AnsibleModule(argument_spec={"data": {"type": "dict", "required": True}})
    returned = module.params["data"]["zuul"]
    refused = list(refusals(returned))
    if refused:
        module.fail_json(msg="; ".join(refused))
    path = Path(os.environ["ZUUL_RETURN"])
    known = json.loads(path.read_text()) if path.exists() else {}
    for key in ("artifacts", "warnings"):
        known[key] = known.get(key, []) + returned.get(key, [])
    path.write_text(json.dumps(known, indent=1))
    module.exit_json(changed=False)


if __name__ == "__main__":
    main()
