"""Worlds that nobody has written: two causes at once, a deployment that misleads, vendors with troubles."""

from collections.abc import Iterator, Sequence
from random import Random

from pydantic import JsonValue

from sandbox.instances import ImpossibleError
from stanch.cli.worlds.played_world import PlayedWorld
from stanch.playbooks.worlds import Expectation, WorldPeople

_TROUBLES = ("late", "sparse", "partial", "busy", "error", "reset", "answer_lost", "half_down", "garbage")
_NOT_HTTP = {"postgres", "redis", "logfile"}
_NOWHERE = "http://127.0.0.1:1"
Cause = dict[str, JsonValue]


def drawn(worlds: Sequence[PlayedWorld], count: int, seed: int) -> Iterator[PlayedWorld]:
    """So many, the same for the same seed; each begins as one of these and gets worse."""
    chance = Random(seed)  # noqa: S311 - nobody has to be unable to guess it
    known = [world for world in worlds if world.written.alert and not world.written.expect.no_alert]
    for number in range(count if known else 0):
        first = chance.choice(known)
        alike = [one for one in known if one.written.catalogue == first.written.catalogue]
        more = [*_second(alike, chance), *_misleading(first, chance), *_troubles(first, chance)]
        people = WorldPeople(say=chance.choice(("approve", "approve", "reject")))
        world = _worse(first, f"{first.folder.name}-random-{seed}-{number}", more, people)
        yield world if _is_possible(world) else _worse(first, world.name, [], people)


def _second(alike: Sequence[PlayedWorld], chance: Random) -> Sequence[Cause]:
    return chance.choice(alike).written.state if chance.random() < 0.5 else ()  # noqa: PLR2004 - every other


def _misleading(world: PlayedWorld, chance: Random) -> Iterator[Cause]:
    """Somebody deployed something good, just before."""
    alert = world.written.alert
    if alert and alert.service and chance.random() < 0.3:  # noqa: PLR2004 - now and then
        yield {"release": {"of": alert.service, "ago": f"{chance.randint(7, 50)}m", "title": "A new colour"}}


def _troubles(world: PlayedWorld, chance: Random) -> Iterator[Cause]:
    names = sorted(set(world.catalogue.get("providers", {})) - _NOT_HTTP)
    for name in chance.sample(names, min(len(names), chance.randint(0, 2))):
        yield {"vendor": {"name": name, "trouble": chance.choice(_TROUBLES)}}


def _worse(first: PlayedWorld, name: str, more: Sequence[Cause], people: WorldPeople) -> PlayedWorld:
    says = f"{first.written.says}; and {len(more)} things more"
    state = (*first.written.state, *(one for one in more if one not in first.written.state))
    changed = {"says": says, "state": state, "people": people, "expect": Expectation(whatever=True)}
    return first.called(name, first.written.model_copy(update=changed))


def _is_possible(world: PlayedWorld) -> bool:
    try:
        world.at(_NOWHERE).sandbox()
    except (ImpossibleError, ValueError, KeyError):
        return False
    return True
