"""The sandbox as a place to run in: its `stanch.yaml` with the real port, its keys, its playbooks."""

import os
from importlib.resources import files
from pathlib import Path

from sandbox.vendors import vendors

_WRITTEN = "http://127.0.0.1:7999"


def furnish(folder: Path, base_url: str) -> Path:
    """A `stanch.yaml` for the sandbox at this address, with the sandbox's own playbook."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for vendor in vendors():
        os.environ.setdefault(f"STANCH_SANDBOX_{vendor.name.upper()}", vendor.keys[0])
    os.environ["STANCH_SANDBOX_INBOX"] = f"{base_url}/people/inbox"
    text = files("sandbox").joinpath("stanch.yaml").read_text(encoding="utf-8")
    shipped = files("sandbox").joinpath("playbook.yaml").read_text(encoding="utf-8")
    playbook = folder / "playbooks" / "sandbox.yaml"
    playbook.parent.mkdir(exist_ok=True)
    playbook.write_text(shipped, encoding="utf-8")
    path = folder / "stanch.yaml"
    path.write_text(text.replace(_WRITTEN, base_url), encoding="utf-8")
    return path
