"""What conditions say beside which option is next: how grave it is, who is asked, which steps are meant."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from stanch.model.evidence import ExpressionVariable
from stanch.model.playbook import Pinned, PinnedOption, PinnedStep
from stanch.plain import lasting
from stanch.policy import conditions, facts, templates
from stanch.policy.condition_words import spoken
from stanch.policy.fact_types import ValueType
from stanch.policy.planning import Basis

_INSTANT = ExpressionVariable(type=ValueType.BOOL, path=("change", "is_instant"))


def severity_now(pinned: Pinned, known: Mapping[str, Any]) -> str:
    """The label of the first severity that is so; empty where the playbook does not say."""
    names = facts.declared(pinned.variables)
    for one in pinned.severity_when:
        if not one.when or conditions.evaluate(one.when, names, known):
            return one.label
    return pinned.label


def why_severity(pinned: Pinned, label: str, known: Mapping[str, Any]) -> str:
    """The condition by which it is called so, with what was read."""
    text = next((one.when for one in pinned.severity_when if one.label == label), "")
    return with_values(text, pinned, known) if text else "nothing graver is so"


def with_values(text: str, pinned: Pinned, known: Mapping[str, Any]) -> str:
    """`metrics.error_rate > 0.1 (0.12)`: a condition, and what its facts are."""
    read = [known.get(name) for name in pinned.variables if name in conditions.names_used(text)]
    said = ", ".join(telling_value(value) for value in read if value is not None and value is not True)
    return f"{text} ({said})" if said else text


def telling_value(value: object) -> str:
    """A fact as people read it beside its condition."""
    match value:
        case float():
            return f"{value:g}"
        case timedelta():
            return lasting(value)
        case _:
            return f"{value}"


def why_chosen(option: PinnedOption, basis: Basis) -> str:
    """`release is suspect and release.age is under 2 h (release.age 6 min)`; empty of what is always so."""
    used = conditions.names_used(option.when) if option.when else ()
    known = {name: basis.known.get(name) for name in basis.pinned.variables if name in used}
    told = {name: value for name, value in known.items() if value is not None and not _is_truth(value)}
    read = ", ".join(f"{name} {telling_value(value)}" for name, value in told.items())
    words = spoken(option.when) if option.when else ""
    return f"{words} ({read})" if read else words


def _is_truth(value: object) -> bool:
    return isinstance(value, bool)


def unasked(step: PinnedStep, basis: Basis, *, instant: bool) -> str:
    """Why nobody is asked, with what was read; empty where somebody is."""
    text = step.asking.nobody_if
    if not text:
        return ""
    known = {**basis.known, "change.is_instant": instant}
    names = facts.declared({**basis.pinned.variables, "change.is_instant": _INSTANT})
    return with_values(text, basis.pinned, known) if conditions.evaluate(text, names, known) else ""


def chosen(option: PinnedOption, basis: Basis) -> tuple[tuple[PinnedStep, ...], tuple[str, ...]]:
    """The steps that are done, and what was named by those that are not; raises `MissingFact`."""
    names = facts.declared(basis.pinned.variables)
    steps, unknown = list[PinnedStep](), dict[str, bool]()
    for step in option.steps:
        if step.chosen is None:
            steps.append(step)
            continue
        said = str(templates.render(step.chosen.by, names, basis.known))
        if said in step.chosen.of:
            steps.append(step)
        unknown[said] = unknown.get(said, True) and said not in step.chosen.of
    return tuple(steps), tuple(name for name, is_unknown in unknown.items() if is_unknown)
