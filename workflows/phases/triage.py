"""Is it really so, and what is known? All readings at once; a decision waits only for what it needs."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from stanch.model.evidence import Evidence, Look
from stanch.model.incident import Phase
from stanch.model.playbook import PinnedCheck, PinnedReading
from stanch.model.recent import Recent, together
from stanch.model.watching import End, Watched
from stanch.policy import choosing, conditions, confirming, facts, offering, planning, weighing
from stanch.policy.planning import Basis
from workflows import calls, following, illness, vantage
from workflows.memory import IncidentMemory
from workflows.outside import Failed
from workflows.phases import verify

_SHORTLY = timedelta(minutes=1)
"""How long the checks have to stay good under what is contained, for that to be called enough."""


async def run(memory: IncidentMemory) -> Phase:
    """Everything is looked at anew, and how grave it is by that."""
    following.drop(memory, "it is looked at anew")
    await gather(memory)
    grade(memory)
    return Phase.DECIDE


def grade(memory: IncidentMemory) -> None:
    """The severity that the playbook's conditions say; it rises by itself, and never falls."""
    state, pinned = memory.state, memory.pinned
    label = weighing.severity_now(pinned, basis(memory).known)
    rank = pinned.severities.get(label)
    if rank is None or label == state.label or state.severity.graver_than(rank):
        return
    raised = rank.graver_than(state.severity) and state.label
    state.label = label
    if rank is not state.severity:
        memory.set_severity(rank)
    if raised or pinned.severity_when:
        memory.note("severity", f"{label}: {weighing.why_severity(pinned, label, basis(memory).known)}")


async def gather(memory: IncidentMemory, *, everything: bool = False) -> None:
    """What is known; what the next decision does not need comes later, unless `everything` is wanted."""
    state = memory.state
    for task in memory.readings:
        task.cancel()
    state.fresh_at, state.graver, state.evidence = None, False, {}
    state.healthy, state.denied = False, ()
    late = {reading.name: None for reading in memory.pinned.evidence}
    memory.readings = {memory.beside(_learn(memory, reading, late)) for reading in memory.pinned.evidence}
    if _asks_whether_mitigated(memory):
        late["incident"] = None
        memory.readings.add(memory.beside(_learn_whether_mitigated(memory, late)))
    checked = asyncio.ensure_future(_healthy(memory))
    while late and (everything or not checked.done() or _awaits(memory, late)):
        known = (len(late), checked.done())
        await memory.outside.until(
            lambda: memory.raise_unforeseen() and (len(late), checked.done()) != known  # noqa: B023 - awaited here
        )
    state.healthy, state.denied = await checked


def _awaits(memory: IncidentMemory, late: dict[str, None]) -> bool:
    """True when nothing can be decided without what is still on its way."""
    if memory.stopped() or memory.state.requested:
        return False
    if not offering.awaited(memory.state).isdisjoint(late):
        return True
    first = choice(memory, tuple(late), contains=True)
    if first.waits_for or first.option is not None:
        return bool(first.waits_for)
    said = choice(memory, tuple(late))
    # Whoever it is handed over to wants to see all of it.
    return bool(said.waits_for) or said.option is None


def choice(memory: IncidentMemory, late: tuple[str, ...] = (), *, contains: bool = False) -> choosing.Choice:
    """What the playbook chooses by what is known now: of its options, or of what `contains`."""
    state, pinned = memory.state, memory.pinned
    doubtful = [no.option for no in state.refused if no.doubt and not contains]
    among = pinned.model_copy(update={"options": pinned.contain}) if contains else pinned
    return choosing.choose(among, state.tried, basis(memory).known, refused=doubtful, pending=late)


def last_change(memory: IncidentMemory) -> datetime | None:
    """When something was changed last in this incident."""
    return max((one.wrote_at for one in memory.state.applied if one.wrote_at), default=None)


def _asks_whether_mitigated(memory: IncidentMemory) -> bool:
    """Something is held back, nobody has looked since, and an option wants to know whether that is enough."""
    state, pinned = memory.state, memory.pinned
    asked = any("incident.unmitigated" in option.when for option in pinned.options)
    return asked and bool(state.contained and pinned.checks) and state.mitigated is None


async def _learn_whether_mitigated(memory: IncidentMemory, late: dict[str, None]) -> None:
    """Whether the checks are good under what is held back: it takes as long as they take to show it."""
    ends = await verify.ends_of_checks(memory, _SHORTLY)
    memory.state.mitigated = bool(ends) and all(end.end is End.GOOD for end in ends)
    late.pop("incident")
    said = "holds" if memory.state.mitigated else "is not enough"
    memory.note("evidence", f"incident: what is contained {said}")


def basis(memory: IncidentMemory) -> Basis:
    """What readings and verbs are asked from, at this instant."""
    return planning.basis_of(memory.state, memory.pinned, memory.outside.now())


async def _learn(memory: IncidentMemory, reading: PinnedReading, late: dict[str, None]) -> None:
    """One piece of evidence, on the timeline as soon as it is there; what it rests on is read before it."""
    if reading.after:
        await memory.outside.until(
            lambda: memory.raise_unforeseen() and late.keys().isdisjoint(reading.after)
        )
    found = await _read(memory, reading)
    memory.state.evidence = {**memory.state.evidence, found.name: found}
    late.pop(found.name)
    said = found.line or f"missing: {found.missing_because}"
    # A status page's line begins with its own name.
    memory.note("evidence", f"{found.name}: {said.removeprefix(f'{found.name}: ')}")


async def _read(memory: IncidentMemory, reading: PinnedReading) -> Evidence:
    now = memory.outside.now()
    if reading.each:
        parts = await asyncio.gather(*(_read(memory, one) for one in reading.each))
        return _combined(reading, parts, now)
    found = Evidence(name=reading.name, uses=reading.uses, read_at=now)
    try:
        wanted = planning.look(reading, basis(memory))
        subject = reading.target.name if reading.target else wanted.arguments.get("page", "the service")
        why = f"evidence {reading.name}: {reading.uses} of {subject}"
        result = await vantage.look(memory, reading, wanted, reading.within, why)
    except (conditions.MissingFact, Failed) as error:
        illness.hear(memory, illness.question(reading), error)
        return found.model_copy(update={"missing_because": str(error)})
    illness.hear(memory, illness.question(reading))
    return found.model_copy(update={"result": result, "line": str(result.get("said", ""))})


def _combined(reading: PinnedReading, parts: Sequence[Evidence], at: datetime) -> Evidence:
    """What was changed lately, everywhere that answered; missing only where nobody did."""
    known = [_recent(part) for part in parts if part.result is not None]
    silent = [f"{part.name}: {part.missing_because}" for part in parts if part.result is None]
    if not known:
        return Evidence(name=reading.name, uses=reading.uses, missing_because="; ".join(silent), read_at=at)
    found = together(known, complete=not silent)
    line = "; ".join((found.line(), *silent))
    result = found.model_dump(mode="json")
    return Evidence(name=reading.name, uses=reading.uses, result=result, line=line, read_at=at)


def _recent(part: Evidence) -> Recent:
    fields = {key: value for key, value in (part.result or {}).items() if key != "said"}
    return Recent.model_validate(fields)


async def _healthy(memory: IncidentMemory) -> tuple[bool, tuple[str, ...]]:
    """Whether all is well although an alert fires, and where Stanch is not let in; not once it has acted."""
    state, checks = memory.state, memory.pinned.checks
    if confirming.has_acted(state) or memory.stopped() or state.requested or not checks:
        return False, ()
    ends = await asyncio.gather(*(_looked_at(memory, check) for check in checks))
    return verify.is_well(memory, ends), confirming.refusals(ends)


async def _looked_at(memory: IncidentMemory, check: PinnedCheck) -> Watched:
    """What one look at a check says."""
    now = memory.outside.now()
    try:
        check = planning.check_of(check, basis(memory))
        found = await asyncio.gather(*(_seen_by(memory, reading, now) for reading in check.readings))
    except (conditions.MissingFact, Failed) as error:
        return verify.unread(check, error)
    known = facts.facts_of(check.variables, dict(found), now)
    good = conditions.evaluate(check.good_when, facts.declared(check.variables), known)
    return Watched(uses=check.uses, end=End.GOOD if good else End.BAD, looks=1, because=check.good_when)


async def _seen_by(
    memory: IncidentMemory, reading: PinnedReading, now: datetime
) -> tuple[str, dict[str, Any]]:
    wanted = Look(
        target=reading.target,
        arguments=reading.arguments,
        as_of=now,
        first_bad_at=memory.state.first_bad_at,
        since=last_change(memory),
    )
    deadline, why = calls.CHECK_DEADLINE, f"is it so? {reading.uses}"
    return reading.name, await vantage.look(memory, reading, wanted, deadline, why)
