"""`netlify.roll_back`: visitors get a named earlier deploy again, and the next push does not take it away.

Publishing an earlier deploy leaves automatic publishing on: the next push replaces it
(docs.netlify.com/site-deploys/manage-deploys, read 2026-11). So the deploy is locked as well, unless the site
was locked already; the undo unlocks what was locked here, and so does the incident's close.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import httpx

from activities.contract import Seen, Settings, Verb, arguments_of
from activities.netlify.answers import Deploy, Site
from activities.netlify.by_hand import locking, restoring
from activities.netlify.client import NEEDS, Netlify, Standing
from activities.portable.verbs import EarlierRelease
from stanch.errors import Conflict, PolicyError, Rejected
from stanch.model.change import Change, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import NoHelp, VerbSpec
from stanch.rules import Rule

PRODUCTION = "production"
AUTO_PUBLISHING = "auto_publishing"
_HELD = (
    "new pushes build, but do not go live until the incident closes; what they have built by then stays"
    " unpublished until somebody publishes it, or the next push goes live"
)
"""netlify.com/blog, 2021-12-04."""
_CLI = "`netlify deploy --prod` asks to unlock the site meanwhile, and hangs in CI"
"""netlify/cli#1251, read 2026-11."""
_HELD_BEFORE = "automatic publishing was stopped before, and stays so"
_OLD_BUILD = "functions and their environment variables become those of the earlier deploy"


class RollBackArguments(EarlierRelease):
    """`release` by id; without it, the newest earlier one that served visitors."""


class PublishingSettings(Settings):
    """Whether the site was locked before, and the deploy to go back to."""

    site: str
    locked: bool
    deploy: str


class RollBack(Verb[Netlify]):
    """Publishes an earlier deploy, without a build, and holds it."""

    spec: ClassVar = VerbSpec(
        name="netlify.roll_back",
        says="An earlier deploy published again and locked, so that no push replaces it",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(waits_for=WaitsFor.DONE, usually="some seconds", visitors="within seconds"),
        arguments=RollBackArguments,
        of="netlify",
        if_no_help=NoHelp.UNDO,
        effects=(_HELD, _CLI, _OLD_BUILD),
        needs=NEEDS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Chooses the deploy; refuses while one is under way or where there is nothing to go back to."""
        wanted = arguments_of(RollBackArguments, request)
        standing = await self.vendor.standing(request.target, request.as_of)
        standing.refuse_while_deploying()
        current, locked = standing.current, standing.site.locked
        goal = _chosen(standing, wanted.release)
        moves = goal.id != current.id
        held = Unit(id=AUTO_PUBLISHING, was=True, to=False)
        units = (Unit(id=PRODUCTION, was=current.id, to=goal.id), *(() if locked else (held,)))
        return self.change(
            request,
            units if moves else (),
            f"roll {request.target.name} back from {current.named} to {goal.named}",
            because=_because(goal),
            effects=(*((_HELD_BEFORE,) if locked else (_HELD, _CLI)), _OLD_BUILD),
            afterwards=(held.swapped(),) if moves and not locked else (),
            settings=PublishingSettings(site=standing.site.id, locked=locked, deploy=goal.id),
            nothing_to_do=f"visitors already get {goal.named}",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the site's published deploy and its lock; visitors first, in both directions."""
        site, live = await self.vendor.live(change.target, known=True)
        units = sorted(change.units, key=lambda unit: unit.id != PRODUCTION)
        held = PublishingSettings.of(change).locked
        return {unit.id: _seen(unit, site, live, held=held) for unit in units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Publishes the deploy, or stops or starts automatic publishing."""
        if unit.id == AUTO_PUBLISHING:
            await self._lock(change, locked=not unit.to)
            return
        settings = PublishingSettings.of(change)
        _, live = await self.vendor.live(change.target, known=True)
        if live.id != unit.to:
            live = await self.vendor.restore(settings.site, str(unit.to))
        if settings.locked and not live.locked:
            # By its own name: the site may show the one from before for a while.
            await self._hold(str(unit.to), locked=True)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`netlify api`; its command line has no word for going back."""
        to, settings = {unit.id: unit.to for unit in change.units}, PublishingSettings.of(change)
        deploy = str(to.get(PRODUCTION, settings.deploy))
        found = [restoring(settings.site, deploy)] if PRODUCTION in to else []
        held = [locking(deploy, locked=not to[AUTO_PUBLISHING])] if AUTO_PUBLISHING in to else []
        return [*found, *held]

    async def _lock(self, change: Change, *, locked: bool) -> None:
        """On the deploy that visitors get: a lock is there, and may or may not follow a restored one."""
        site, live = await self.vendor.live(change.target, known=True)
        if site.locked is not locked:
            await self._hold(live.id, locked=locked)

    async def _hold(self, deploy: str, *, locked: bool) -> None:
        try:
            await self.vendor.api.post(f"deploys/{deploy}/{'lock' if locked else 'unlock'}")
        except Rejected as error:
            if error.status != httpx.codes.UNPROCESSABLE_ENTITY:
                raise
            raise Conflict("netlify", f"{deploy} is published no more: {error}") from error


def _seen(unit: Unit, site: Site, live: Deploy, *, held: bool) -> Seen:
    """`held`: the site was locked before, so that what is restored is whole only when it is locked too."""
    seen: str | bool = live.id if unit.id == PRODUCTION else not site.locked
    whole = seen != unit.to or site.locked or not held
    return Seen(seen if whole else unit.was, shown=seen)


def _because(goal: Deploy) -> str:
    if goal.published_at is None:
        return f"{goal.id} is ready and was never published"
    return f"{goal.id} served visitors before; it went live {goal.published_at:%Y-%m-%d %H:%M} UTC"


def _chosen(standing: Standing, wanted: str) -> Deploy:
    if not wanted:
        if standing.previous is None:
            raise PolicyError(
                Rule.NOTHING_TO_ROLL_BACK_TO,
                f"{standing.site.name} has no earlier deploy that served visitors",
            )
        return standing.previous
    named = (one for one in (standing.current, *standing.deploys) if one.id == wanted)
    found = next(named, None)
    if found is None or not (found.id == standing.current.id or found.is_ready):
        raise PolicyError(
            Rule.NO_SUCH_DEPLOYMENT, f"{wanted} is no deploy of production that can be published"
        )
    return found
