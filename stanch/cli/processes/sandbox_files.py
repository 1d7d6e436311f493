"""The sandbox as a place to run in: its `stanch.yaml` with the real port, its keys, its playbooks."""

import os
import re
import shlex
from collections.abc import Iterable, Iterator
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


def directions(config: Path, base_url: str, services: Iterable[str], worlds: Iterable[str]) -> Iterator[str]:
    """How a person works with a sandbox that is served here, line by line."""
    wanted = re.findall(r"env:(STANCH_SANDBOX_\w+)", config.read_text(encoding="utf-8"))
    given = " ".join(f"{name}={shlex.quote(os.environ[name])}" for name in dict.fromkeys(wanted))
    names = sorted(services)
    yield f"The sandbox is at {base_url}. Other worlds, with --world: {', '.join(sorted(worlds))}"
    yield f"A team's files for it: {config}. In another terminal:"
    yield f"  export {given}"
    yield f"  stanch up --config {shlex.quote(str(config))} --data {shlex.quote(str(config.parent))}"
    if not names:
        return
    one = "backend" if "backend" in names else names[0]
    yield f"Its services ({', '.join(names)}) answer at {base_url}/service/{one}/healthz."
    yield "Break one, and mend it:"
    for word in ("break", "mend"):
        yield f"""  curl -d '{{"service": "{one}"}}' {base_url}/sandbox/{word}"""
    yield f"What runs where: {base_url}/sandbox/state. Vendors' troubles: {base_url}/sandbox/troubles"
