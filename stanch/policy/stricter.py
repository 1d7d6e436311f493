"""Of two sets of rules the stricter one: what was pinned, and what is in force now."""

from stanch.model.guard import Ask, Rules
from stanch.model.team import Limits, Team


def stricter(one: Limits, other: Limits) -> Limits:
    """What both allow. Which of two sizes is the larger only their vendor knows: the first one's stays."""
    return Limits(
        max_count=min(one.max_count, other.max_count),
        largest_size=one.largest_size or other.largest_size,
        changes_per_hour=min(one.changes_per_hour, other.changes_per_hour),
        cool_down=max(one.cool_down, other.cool_down),
    )


def in_force(ask: Ask, team: Team) -> Ask:
    """The question under its pinned rules and today's; a service that is gone has its pinned ones only."""
    rules = tuple(_now(each, team) for each in ask.rules)
    freezes = tuple(dict.fromkeys((*ask.freezes, *team.freezes)))
    return ask.model_copy(update={"rules": rules, "freezes": freezes})


def _now(rules: Rules, team: Team) -> Rules:
    service = team.services.get(rules.service)
    if service is None:
        return rules
    return rules.model_copy(update={"limits": stricter(rules.limits, service.limits)})
