"""The units of a change as they are shown: those that go from the same to the same stand together."""

from typing import NamedTuple

from stanch.model.change import Change, Unit
from stanch.policy import change_text


class UnitGroup(NamedTuple):
    """Units by name, and their values in words."""

    ids: tuple[str, ...]
    was: str
    to: str


def unit_groups(change: Change) -> list[UnitGroup]:
    """Every unit once, in the order in which the first of each group comes."""
    groups: dict[str, list[Unit]] = {}
    for unit in change.units:
        # By the whole values: two that read the same where they are cut may be different ones.
        groups.setdefault(unit.model_dump_json(include={"was", "to"}), []).append(unit)
    return [
        UnitGroup(tuple(one.id for one in units), *change_text.was_and_to(units[0]))
        for units in groups.values()
    ]
