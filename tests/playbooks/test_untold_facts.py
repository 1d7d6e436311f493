"""A condition on what a vendor never tells is said when it is loaded, not found out at night."""

from pathlib import Path

import pytest

from activities.registry import catalogue
from stanch.playbooks.load import load_book

TEAM = """\
providers: {fly: {token: env:FLY_API_TOKEN}}
services: {shop: {runs_on: {provider: fly, app: shop}, health: https://shop.example/healthz}}
playbooks: [down.yaml]
"""
PLAYBOOK = """\
scenarios:
  down:
    opens_on: {{alert: Down, service: shop}}
    evidence: {{copies: {{uses: status}}}}
    options: [{{when: "{condition}", uses: restart}}]
"""


def remarks(condition: str, folder: Path) -> list[str]:
    (folder / "stanch.yaml").write_text(TEAM)
    (folder / "down.yaml").write_text(PLAYBOOK.format(condition=condition))
    return [one.text for one in load_book(folder / "stanch.yaml", catalogue()).remarks]


def test_what_a_vendor_never_tells_is_said(tmp_path: Path) -> None:
    (remark,) = remarks("copies.is_slow", tmp_path)

    assert remark == (
        "scenarios.down.evidence.copies: copies.is_slow is never known here: fly.status does not tell it, "
        "so what rests on it cannot be decided"
    )


@pytest.mark.parametrize("condition", ["copies.is_down", "copies.known"])
def test_what_it_tells_needs_no_word(condition: str, tmp_path: Path) -> None:
    assert remarks(condition, tmp_path) == []
