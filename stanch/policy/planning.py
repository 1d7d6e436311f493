"""What readings and verbs are asked, and the plan of their answers, in an incident as in a rehearsal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stanch.model.change import PlanRequest
from stanch.model.evidence import Look
from stanch.model.incident import IncidentState
from stanch.model.plan import Following, Plan, PlannedStep
from stanch.model.playbook import Pinned, PinnedCheck, PinnedOption, PinnedReading, PinnedStep
from stanch.model.verb import Approval
from stanch.policy import approving, conditions, destinations, facts, templates
from stanch.policy.limits import rules_of
from stanch.rules import Rule, in_words

_OF_EVERYTHING = {Rule.FREEZE, Rule.STORE_AWAY}
"""Rules under which no other option would be allowed either, whatever it changes."""
_WITHOUT_DOUBT = {Rule.NOTHING_TO_DO, Rule.TRIED_ALREADY}


@dataclass(frozen=True)
class Refused:
    """No plan: the rule and the reason."""

    rule: str
    because: str
    plan: Plan | None = None
    """What would have been done: a person may have to type it."""

    @property
    def said(self) -> str:
        """The rule and the reason, as people read them."""
        return in_words(self.rule, self.because)

    @property
    def final(self) -> bool:
        """True when every other option would be refused as well."""
        return self.rule in _OF_EVERYTHING

    @property
    def leaves_doubt(self) -> bool:
        """True when the option might have been the right one: after it, somebody is asked."""
        return self.rule not in _WITHOUT_DOUBT


@dataclass(frozen=True)
class Basis:
    """What is asked from: the playbook, and every fact that is known at one instant."""

    pinned: Pinned
    known: Mapping[str, Any]
    as_of: datetime
    first_bad_at: datetime | None


def facts_known(state: IncidentState, pinned: Pinned, now: datetime) -> dict[str, Any]:
    """Every fact an expression may use, at this instant."""
    alerts, evidence = list(state.alerts.values()), state.evidence
    sources: dict[str, Any] = {
        name: {**(found.result or {}), "known": found.known} for name, found in evidence.items()
    }
    sources |= state.following.facts if state.following else {}
    firing = [alert for alert in alerts if alert.firing]
    first = min(firing or alerts, key=lambda alert: alert.started_at, default=None)
    sources["alert"] = first.model_dump(mode="json") if first else {}
    sources["alert"]["firing_count"] = state.firing
    sources["service"] = pinned.service.model_dump(mode="json")
    sources["incident"] = _of_incident(state, pinned)
    sources["asked"] = pinned.asked
    return facts.facts_of(pinned.variables, sources, now)


def _of_incident(state: IncidentState, pinned: Pinned) -> dict[str, Any]:
    """What expressions may say of the incident itself; whether it is mitigated is not known at once."""
    contained = bool(state.contained)
    return {
        "severity": state.label or state.severity,
        "number": state.number,
        "day": f"{state.opened_at:%Y%m%d}",
        "slug": pinned.scenario,
        "opened_at": state.opened_at.isoformat(),
        "contained": contained,
        "unmitigated": not state.mitigated if state.mitigated is not None else None if contained else True,
    }


def frozen(option: PinnedOption, state: IncidentState, pinned: Pinned) -> Following | None:
    """What follows an option, with the evidence that it speaks of as it is now; None where nothing does."""
    if not option.then:
        return None
    speaks_of = facts.evidence_in(
        pinned.variables, *(text for one in option.then for text in templates.texts_of(one))
    )
    known = {
        name: found.result for name, found in state.evidence.items() if name in speaks_of and found.result
    }
    return Following(option=option.name, steps=option.then, facts=known)


def check_of(check: PinnedCheck, basis: Basis) -> PinnedCheck:
    """A check with its arguments worked out; raises `MissingFact` where they rest on what is not known."""
    return check.model_copy(
        update={
            "arguments": _rendered(check.arguments, basis),
            "beside": tuple(
                one.model_copy(update={"arguments": _rendered(one.arguments, basis)}) for one in check.beside
            ),
        }
    )


def _rendered(arguments: Mapping[str, Any], basis: Basis) -> dict[str, Any]:
    names = facts.declared(basis.pinned.variables)
    rendered = templates.render_all(arguments, names, basis.known)
    destinations.refuse_elsewhere(arguments, rendered, names, basis.known)
    return rendered


def basis_of(state: IncidentState, pinned: Pinned, now: datetime) -> Basis:
    """What readings and verbs are asked from, at this instant."""
    return Basis(pinned, facts_known(state, pinned, now), now, state.first_bad_at)


def look(reading: PinnedReading, basis: Basis) -> Look:
    """What a reading is asked; raises `MissingFact` where its arguments rest on what is not known."""
    return Look(
        target=reading.target,
        arguments=_rendered(reading.arguments, basis),
        as_of=basis.as_of,
        first_bad_at=basis.first_bad_at,
    )


def told(text: str, pinned: Pinned, known: Mapping[str, Any]) -> str:
    """A hold or a last word as people read it, with its expressions worked out."""
    return templates.spoken(text, facts.declared(pinned.variables), known)


def plan_request(step: PinnedStep, marker: str, basis: Basis) -> PlanRequest:
    """What a verb is asked; what speaks of `was.*` is rendered where it is read."""
    known = basis.known
    names = facts.declared(basis.pinned.variables)
    later = {key: value for key, value in step.arguments.items() if _speaks_of_was(value)}
    now = {key: value for key, value in step.arguments.items() if key not in later}
    arguments = templates.render_all(now, names, known)
    destinations.refuse_elsewhere(now, arguments, names, known)
    limits = [rules.limits for rules in rules_of(basis.pinned, step)]
    return PlanRequest(
        target=step.target,
        arguments=arguments,
        templates=later,
        facts={key: value for key, value in known.items() if later and _is_plain(value)},
        as_of=basis.as_of,
        first_bad_at=basis.first_bad_at,
        marker=marker,
        limits={
            "max_count": min(one.max_count for one in limits),
            # Which size is the least only the vendor's own order tells.
            "largest_size": sorted({one.largest_size for one in limits if one.largest_size}),
        },
    )


def outage_of(page: str, result: Mapping[str, Any]) -> str:
    """What a vendor's own status page says, when it says that the vendor is down; empty otherwise."""
    return str(result.get("said", page)) if result.get("is_down") else ""


def plan_of(
    option: PinnedOption,
    found: Sequence[PlannedStep],
    marker: str,
    by_hand: str,
    least: Approval = Approval.NOBODY,
) -> Plan | Refused:
    """The plan that the steps of an option amount to; what is there already is left out.

    `least` people are asked whatever the option says, and one where somebody asked for it by hand.
    """
    steps = tuple(_that_do_something(found))
    if not steps:
        because = "; ".join(one.change.nothing_to_do for one in found if one.change.nothing_to_do)
        return Refused(Rule.NOTHING_TO_DO, because)
    return Plan(
        option=option.name,
        steps=steps,
        asking=approving.asking_of(steps, least.at_least(Approval.ONE) if by_hand else least),
        mode=approving.mode_of(steps),
        requested_by=by_hand,
        marker=marker,
    )


def _that_do_something(found: Sequence[PlannedStep]) -> Iterator[PlannedStep]:
    """Without those that have nothing to do, and without what only follows one of them."""
    nothing_before = False
    for planned in found:
        nothing_before = bool(planned.change.nothing_to_do) or (planned.step.follows and nothing_before)
        if not nothing_before:
            yield planned


def _speaks_of_was(value: object) -> bool:
    return any(name.startswith("was.") for text in templates.texts_in(value) for name in _names(text))


def _names(text: str) -> frozenset[str]:
    return conditions.names_used(text) if "${" in text else frozenset()


def _is_plain(value: object) -> bool:
    return isinstance(value, (str, int, float, bool))
