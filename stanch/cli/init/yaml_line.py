"""A value on one line of YAML, as a person would write it."""

import re
from typing import Any

import yaml

from stanch.importing.draft_lines import on_one_line

_QUOTED = re.compile(r"'([\w:/.@-]+)'")


def yaml_line(value: Any) -> str:
    """Without the quotes that are not needed: `env:NAME`, and addresses."""
    return _QUOTED.sub(_bare, on_one_line(value))


def _bare(found: re.Match[str]) -> str:
    return found[1] if yaml.safe_load(f"[{found[1]}]") == [found[1]] else found[0]
