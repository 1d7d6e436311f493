"""`netlify.stop_split_test`: everybody gets production again, and no branch beside it.

While a split test is published, a share of the visitors gets another branch's copy of the site, whatever
production is rolled back to (answers.netlify.com, "Split testing under the hood", read 2026-11).
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from activities.contract import Verb, arguments_of
from activities.netlify.by_hand import api_call
from activities.netlify.client import NEEDS, Netlify
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import At, Change, Kind, Place, PlanRequest, Survey, Undo, UndoKind, Unit
from stanch.model.verb import NoHelp, VerbSpec
from stanch.rules import Rule

_STOPPED = "stopped"
_ALL = "visitors who had another branch get production with their next page"


class StopArguments(Written):
    """`name` of the split test; without it, the only one that is published."""

    name: str = ""


class SplitTest(BaseModel):
    """One split test: which branch gets which share."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    id: str
    name: str | None = ""
    active: bool | None = None
    branches: tuple[dict[str, Any], ...] | None = None

    @property
    def stands(self) -> str:
        """`main 60, new-checkout 40`, or that it is stopped."""
        if not self.active:
            return _STOPPED
        shares = (f"{one.get('branch')} {one.get('percentage')}" for one in self.branches or ())
        return ", ".join(sorted(shares)) or "published"


class StopSplitTest(Verb):
    """Unpublishes a split test."""

    spec: ClassVar = VerbSpec(
        name="netlify.stop_split_test",
        says="A split test unpublished: everybody gets production, and no branch beside it",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        arguments=StopArguments,
        of="netlify",
        if_no_help=NoHelp.UNDO,
        effects=(_ALL,),
        needs=NEEDS,
    )

    def __init__(self, netlify: Netlify) -> None:
        self._netlify = netlify

    async def plan(self, request: PlanRequest) -> Change:
        """Chooses the test by its name, or the one that is published."""
        wanted = arguments_of(StopArguments, request)
        site = await self._netlify.site(request.target)
        found = _chosen(await self._tests(site.id), wanted.name)
        there = found is None or not found.active
        units = () if there or not found else (Unit(id=f"split:{found.id}", was=found.stands, to=_STOPPED),)
        shares = f" ({found.stands})" if found and found.active else ""
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=request.target,
            units=units,
            undo=Undo(kind=UndoKind.RESTORES),
            summary=f"stop the split test of {request.target.name}{shares}",
            effects=(_ALL,),
            settings={"site": site.id, "test": found.id if found else ""},
            marker=request.marker,
            nothing_to_do="no split test is published" if there else "",
        )

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:  # noqa: ARG002 - Netlify knows
        """By whether it is published, and with which shares."""
        tests = await self._tests(change.settings["site"])
        ours = next((one for one in tests if one.id == change.settings["test"]), None)
        seen = ours.stands if ours else "no such split test"
        return Survey(places=tuple(_place(unit, seen) for unit in change.units))

    async def write(self, change: Change, unit: Unit) -> None:
        """Unpublishes, or publishes on the way back."""
        word = "unpublish" if unit.to == _STOPPED else "publish"
        path = f"sites/{change.settings['site']}/traffic_splits/{change.settings['test']}/{word}"
        await self._netlify.api.post(path)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`netlify api disableSplitTest`, or `enableSplitTest`."""
        test = {"site_id": change.settings["site"], "split_test_id": change.settings["test"]}
        return [
            api_call("disableSplitTest" if unit.to == _STOPPED else "enableSplitTest", **test)
            for unit in change.units
        ]

    async def _tests(self, site: str) -> list[SplitTest]:
        listed = await self._netlify.get(f"sites/{site}/traffic_splits") or []
        return [self._netlify.api.parse(SplitTest, one) for one in listed]


def _chosen(tests: list[SplitTest], name: str) -> SplitTest | None:
    if not name:
        return next((one for one in tests if one.active), None)
    found = next((one for one in tests if name in {one.id, one.name}), None)
    if found is None:
        raise PolicyError(
            Rule.NO_SUCH_SPLIT_TEST, f"{name} is none of {', '.join(one.name or one.id for one in tests)}"
        )
    return found


def _place(unit: Unit, seen: str) -> Place:
    if seen == unit.to:
        return Place(unit=unit.id, at=At.TO, seen=seen)
    return Place(unit=unit.id, at=At.WAS if seen == unit.was else At.ELSEWHERE, seen=seen)
