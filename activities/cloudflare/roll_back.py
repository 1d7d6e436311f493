"""`cloudflare.roll_back`: everything to a version that once got everything.

A deployment only says which versions get which share (developers.cloudflare.com/workers/configuration/
versions-and-deployments, read 2026-11): code, variables and settings go back with a version; what it is
bound to, such as KV, D1 or a queue, does not. Secrets neither.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from activities.cloudflare.answers import Split
from activities.cloudflare.by_hand import deploying
from activities.cloudflare.client import EDITS, Cloudflare
from activities.cloudflare.deploying import deploy
from activities.cloudflare.history import History, Standing, all_of_it, standing_of
from activities.contract import Seen, Settings, Verb, arguments_of
from activities.portable.verbs import EarlierRelease
from stanch.errors import PolicyError, Rejected
from stanch.model.change import Change, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import NoHelp, VerbSpec
from stanch.rules import Rule

DEPLOYMENT = "deployment"
_STAYS = "what is bound to it (KV, D1, R2, queues, Durable Objects) does not go back"
_OVERWRITES = "variables and settings go back with the version; the next wrangler deploy replaces it"
_LEFT = (
    "until a newer version is deployed, `wrangler secret put` and changed settings are refused (10214,"
    " 10215), in CI as well: deploy first"
)
"""cloudflare/workers-sdk#6763, #10585, pollinations/pollinations#12084, read 2026-11."""
_NEW_SECRETS = "secrets changed since: the old version runs with the secrets of now"


class RollBackArguments(EarlierRelease):
    """`release` is a version by its id or number; without it, the one that got everything before."""

    with_new_secrets: bool = False
    """Deploys it even where secrets changed since; it then runs with those of now."""


class WorkerRollBackSettings(Settings):
    """Whether it was approved that the version runs with the secrets of now."""

    with_new_secrets: bool


class RollBack(Verb[Cloudflare]):
    """Gives everything to an earlier version."""

    spec: ClassVar = VerbSpec(
        name="cloudflare.roll_back",
        says="All requests to the version that got all of them before",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="some seconds",
            visitors="everywhere within seconds",
            limits="the newest 100 versions",
        ),
        arguments=RollBackArguments,
        of="cloudflare",
        if_no_help=NoHelp.UNDO,
        effects=(_STAYS, _OVERWRITES, _LEFT),
        needs=EDITS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Chooses the version; refuses past a migration, and past a secret's change unless that is said."""
        wanted = arguments_of(RollBackArguments, request)
        target = request.target
        standing = await standing_of(self.vendor, target)
        history = standing.history
        was, goal = history.live.split, await self._chosen(standing, request, wanted.release)
        to = all_of_it(goal)
        moves = was != to
        changed = moves and _refuse_other_secrets(history, goal, wanted)
        return self.change(
            request,
            (Unit(id=DEPLOYMENT, was=_value(was), to=_value(to)),) if moves else (),
            f"roll {target.name} back to {history.named(goal)}",
            because=_because(history, goal),
            effects=(_STAYS, _OVERWRITES, _LEFT, *([_NEW_SECRETS] if changed else [])),
            settings=WorkerRollBackSettings(with_new_secrets=wanted.with_new_secrets),
            nothing_to_do=f"{history.named(goal)} gets everything already",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """The split that is live."""
        live = (await self.vendor.deployments(change.target))[0].split
        return {unit.id: Seen(live) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Deploys the split; on the way back, exactly the one from before."""
        approved = WorkerRollBackSettings.of(change).with_new_secrets
        await deploy(self.vendor, change, _split_of(unit.to), with_new_secrets=approved)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`wrangler versions deploy`, which says the shares; `wrangler rollback` asks questions."""
        return [deploying(change, _split_of(unit.to)) for unit in change.units]

    async def _chosen(self, standing: Standing, request: PlanRequest, wanted: str) -> str:
        name = request.target.name
        if not wanted:
            if standing.previous is None:
                raise PolicyError(
                    Rule.NOTHING_TO_ROLL_BACK_TO,
                    f"{name} has no earlier version of other code that got everything and was not left,"
                    " among the hundred newest, which alone Cloudflare deploys",
                )
            _refuse_a_migration(name, migrated=standing.migrated)
            return standing.previous.id
        found = standing.history.served(wanted)
        if found is None:
            raise PolicyError(
                Rule.NO_SUCH_VERSION, f"{wanted} is no deployable version that {name} ever served"
            )
        detail = await self.vendor.detail(request.target, found.id)
        _refuse_a_migration(name, migrated=detail.migration != standing.live.migration)
        return found.id


def _split_of(value: Any) -> Split:
    """A unit's value as the split that it is."""
    if not isinstance(value, dict):
        raise Rejected("cloudflare", "the plan names no versions to deploy")
    return dict(value)


def _value(split: Split) -> Any:
    return dict(split)


def _refuse_a_migration(name: str, *, migrated: bool) -> None:
    if migrated:
        raise PolicyError(
            Rule.MIGRATION_BETWEEN,
            f"a Durable Object migration of {name} lies between: Cloudflare goes back past none",
        )


def _refuse_other_secrets(history: History, goal: str, wanted: RollBackArguments) -> bool:
    """Whether secrets changed since, where that is allowed: nobody is asked in vain."""
    version = next((one for one in history.versions if one.id == goal), None)
    changed = version is not None and history.secret_changed_since(version)
    if changed and not wanted.with_new_secrets:
        raise PolicyError(
            Rule.SECRETS_CHANGED,
            f"a secret changed since {history.named(goal)};"
            " say with_new_secrets: true to run it with the secrets of now",
        )
    return changed


def _because(history: History, goal: str) -> str:
    since = history.served_since(goal)
    served = f"it got everything from {since:%Y-%m-%d %H:%M} UTC; " if since else ""
    return f"{served}now: {history.shares(history.live.split)}"
