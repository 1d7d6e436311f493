"""`netlify.stop_split_test`: everybody gets production again, and no branch beside it.

While a split test is published, a share of the visitors gets another branch's copy of the site, whatever
production is rolled back to (answers.netlify.com, "Split testing under the hood", read 2026-11).
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from activities.contract import Seen, Settings, Verb, arguments_of
from activities.netlify.by_hand import api_call
from activities.netlify.client import NEEDS, Netlify
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import NoHelp, VerbSpec
from stanch.rules import Rule

_STOPPED = "stopped"


class StopArguments(Written):
    """`name` of the split test; without it, the only one that is published."""

    name: str = ""


class SplitTestSettings(Settings):
    """Which split test of which site."""

    site: str
    test: str = ""


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


class StopSplitTest(Verb[Netlify]):
    """Unpublishes a split test."""

    spec: ClassVar = VerbSpec(
        name="netlify.stop_split_test",
        says="A split test unpublished: everybody gets production, and no branch beside it",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(waits_for=WaitsFor.DONE),
        arguments=StopArguments,
        of="netlify",
        if_no_help=NoHelp.UNDO,
        effects=("visitors who had another branch get production with their next page",),
        needs=NEEDS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Chooses the test by its name, or the one that is published."""
        wanted = arguments_of(StopArguments, request)
        site = await self.vendor.site(request.target)
        found = _chosen(await self._tests(site.id), wanted.name)
        there = found is None or not found.active
        units = () if there or not found else (Unit(id=f"split:{found.id}", was=found.stands, to=_STOPPED),)
        shares = f" ({found.stands})" if found and found.active else ""
        return self.change(
            request,
            units,
            f"stop the split test of {request.target.name}{shares}",
            settings=SplitTestSettings(site=site.id, test=found.id if found else ""),
            nothing_to_do="no split test is published",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By whether it is published, and with which shares."""
        settings = SplitTestSettings.of(change)
        ours = next((one for one in await self._tests(settings.site) if one.id == settings.test), None)
        return {unit.id: Seen(ours.stands if ours else "no such split test") for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Unpublishes, or publishes on the way back."""
        word, settings = "unpublish" if unit.to == _STOPPED else "publish", SplitTestSettings.of(change)
        await self.vendor.api.post(f"sites/{settings.site}/traffic_splits/{settings.test}/{word}")

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`netlify api disableSplitTest`, or `enableSplitTest`."""
        settings = SplitTestSettings.of(change)
        test = {"site_id": settings.site, "split_test_id": settings.test}
        return [
            api_call("disableSplitTest" if unit.to == _STOPPED else "enableSplitTest", **test)
            for unit in change.units
        ]

    async def _tests(self, site: str) -> list[SplitTest]:
        listed = await self.vendor.get(f"sites/{site}/traffic_splits") or []
        return [self.vendor.api.parse(SplitTest, one) for one in listed]


def _chosen(tests: list[SplitTest], name: str) -> SplitTest | None:
    if not name:
        return next((one for one in tests if one.active), None)
    found = next((one for one in tests if name in {one.id, one.name}), None)
    if found is None:
        raise PolicyError(
            Rule.NO_SUCH_SPLIT_TEST, f"{name} is none of {', '.join(one.name or one.id for one in tests)}"
        )
    return found
