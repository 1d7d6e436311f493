"""Whose limits hold for a step: those of the services that own its target, whoever's alert it was."""

from stanch.model.guard import Rules
from stanch.model.playbook import Pinned, PinnedStep
from stanch.model.team import Limits

_NOTHING = Limits(max_count=1, changes_per_hour=0)
"""Of a service whose limits were not pinned: nothing is changed on a guess."""


def rules_of(pinned: Pinned, step: PinnedStep) -> tuple[Rules, ...]:
    """What every owner of the step's target allows, as it was pinned; never empty."""
    own = pinned.service
    known = {own.name: own.limits, **pinned.limits}
    owners = step.services or (own.name,)
    return tuple(Rules(service=name, limits=known.get(name, _NOTHING)) for name in owners)
