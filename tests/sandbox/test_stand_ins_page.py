"""docs/stand-ins.md names every trouble that can be ordered, and no other."""

import re
from pathlib import Path

from sandbox.faults import Fault, Trouble

PAGE = (Path(__file__).parents[2] / "docs" / "stand-ins.md").read_text()


def test_the_page_has_a_row_for_each_trouble() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| `([a-z-]+)` \|", PAGE, re.MULTILINE))

    assert rows == {trouble.name: trouble.value for trouble in Trouble}


def test_the_page_names_every_field_of_a_fault() -> None:
    table = PAGE.partition("| field of a `Fault` |")[2].partition("\n\n")[0]

    assert set(re.findall(r"`([a-z]+)`", table)) >= set(Fault.model_fields) - {"trouble"}


def test_what_the_page_orders_can_be_ordered() -> None:
    ordered = re.findall(r"-d '(\{.*\})'", PAGE)

    assert [Fault.model_validate_json(one).trouble for one in ordered] == [Trouble.STALE]
