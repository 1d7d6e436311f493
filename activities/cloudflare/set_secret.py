"""`cloudflare.set_secret` and `cloudflare.set_webhook_secret`: one secret of the Worker, the rest inherited.

Cloudflare never shows a value. It is set by the settings call, as wrangler sets several at once, and not by
that of secrets alone: only so the version that it makes carries our mark, and the keyed fingerprint of what
was set (cloudflare/workers-sdk and developers.cloudflare.com/api, read 2026-11). Both ways lead only to
values that the team's own store holds.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from activities.cloudflare.answers import NOTED, TAG, Detail, Version
from activities.cloudflare.by_hand import wrangler
from activities.cloudflare.client import EDITS, Cloudflare
from activities.cloudflare.history import History, history_of
from activities.cloudflare.rebinding import NEW_VERSION, gradual, newest, not_deployed_yet, rebind
from activities.contract import Seen, same
from activities.team_secrets import (
    SecretSettings,
    SetSecretArguments,
    SetsSecret,
    TeamSecrets,
    of_webhooks,
    shell_name,
)
from stanch.errors import PolicyError
from stanch.model.base import digest_of
from stanch.model.change import Change, Kind, PlanRequest, SecretRef, Target, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.rules import Rule

_TYPE = "secret_text"
_SAYS = "A secret of the Worker from the team's own store: a new version, deployed at once"


class WorkerSecretSettings(SecretSettings):
    """The newest version that there was."""

    since: int


class SetSecret(SetsSecret[Cloudflare]):
    """Sets a secret of the Worker."""

    spec: ClassVar = VerbSpec(
        name="cloudflare.set_secret",
        says=_SAYS,
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(waits_for=WaitsFor.DONE, usually="some seconds", visitors="everywhere within seconds"),
        arguments=SetSecretArguments,
        of="cloudflare",
        floor=Approval.ONE,
        effects=(
            NEW_VERSION,
            "older versions can be gone back to only with_new_secrets: they run with the secret of now",
        ),
        risk=Risk.HIGH,
        needs=EDITS,
    )

    @property
    def secrets(self) -> TeamSecrets:
        """The team's store."""
        return self.vendor.team_secrets

    async def plan(self, request: PlanRequest) -> Change:
        """Reads what a change of ours noted; refuses while the newest version does not get everything."""
        wanted, target = self.wanted(request), request.target
        history, detail = await newest(self.vendor, target, "")
        stands = _stands(target, detail, wanted.key)
        noted = _noted(history, wanted.key) if stands else None
        if noted and wanted.before and not same(noted, wanted.value) and not same(noted, wanted.before):
            said = f"{wanted.before.secret} is not what {wanted.key} is now"
            raise PolicyError(Rule.BEFORE_IS_ANOTHER, said)
        before = wanted.before if stands else None
        since = history.versions[0].number
        was = (noted or before or f"what stood at version {since}") if stands else None
        unit = Unit(id=f"secret:{wanted.key}", was=was, to=wanted.value)
        return self.change(
            request,
            () if same(was, wanted.value) else (unit,),
            f"set the secret {wanted.key} of {target.name} from the team's {wanted.value.secret}",
            undo=_way_back(wanted.key, before, stands=stands),
            settings=WorkerSecretSettings(key=wanted.key, value=wanted.value, before=before, since=since),
            nothing_to_do=f"{wanted.key} was set to the team's {wanted.value.secret} already",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the mark on the version that changed secrets last, and whether the Worker has the secret."""
        history = await history_of(self.vendor, change.target)
        if split := gradual(history):
            return {unit.id: Seen(split) for unit in change.units}
        detail = await self.vendor.detail(change.target, history.live.sole)
        is_there = _stands(change.target, detail, WorkerSecretSettings.of(change).key)
        return {unit.id: _seen(change, unit, history, is_there=is_there) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Sets the secret, or takes it away, on top of what is bound at this moment."""
        settings = WorkerSecretSettings.of(change)
        goal = settings.goal(change)
        ours = None
        if goal:
            ours = {"type": _TYPE, "name": settings.key, "text": self.secrets.approved(goal)}
        await rebind(self.vendor, change, ours, settings.key, {TAG: _tag(settings.key, goal)})

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`wrangler secret put`, which keeps the value out of the shell's history, or `delete`."""
        settings, worker = WorkerSecretSettings.of(change), change.target.name
        goal = settings.goal(change)
        if goal is None:
            return [wrangler(change, f"secret delete {settings.key} --name {worker}")]
        put = wrangler(change, f"secret put {settings.key} --name {worker}")
        return [f"printf '%s' \"{shell_name(goal)}\" | {put}"]


class SetWebhookSecret(SetSecret):
    """Sets the secret that webhooks are signed with; two people are asked."""

    spec: ClassVar = of_webhooks(
        SetSecret.spec,
        f"{_SAYS}; for what webhooks are signed with",
        "what was signed with the old secret is refused from then on",
    )
    is_of_webhooks: ClassVar = True


def _tag(key: str, goal: SecretRef | None) -> str:
    """A hundred bytes at most, which a name alone may have."""
    return f"{_tag_of(key)}{goal.fingerprint if goal else ''}"


def _tag_of(key: str) -> str:
    return f"{NOTED}{digest_of(key)}:"


def _last_change(history: History, key: str, since: int = 0) -> Version | None:
    """The newest version that may have changed this secret; who else changes one does not say which."""
    return next(
        (
            one
            for one in history.versions
            if one.number > since
            and one.changed_a_secret
            and (one.tag.startswith(_tag_of(key)) or not one.tag.startswith(NOTED))
            and history.has_served(one.id)
        ),
        None,
    )


def _noted(history: History, key: str) -> SecretRef | None:
    """What stands, where a change of ours was the last to set it."""
    last = _last_change(history, key)
    fingerprint = last.tag.removeprefix(_tag_of(key)) if last else ""
    if last is None or not fingerprint or fingerprint == last.tag:
        return None
    return SecretRef(secret=f"{key} of version {last.number}", fingerprint=fingerprint)


def _seen(change: Change, unit: Unit, history: History, *, is_there: bool) -> Seen:
    before, after = (unit.to, unit.was) if change.goes_back else (unit.was, unit.to)
    settling = not_deployed_yet(history, change.marker)
    if settling:
        return Seen(unit.was, settling)
    last = _last_change(history, WorkerSecretSettings.of(change).key, WorkerSecretSettings.of(change).since)
    if last is not None and last.message not in {change.marker, change.planned_as}:
        return Seen(f"a secret that {history.named(last.id)} changed")
    stands: Any = after if last is not None and last.message == change.planned_as else before
    if is_there is (stands is None):
        return Seen("a secret that somebody made" if is_there else "a secret that no longer exists")
    return Seen(stands)


def _stands(target: Target, detail: Detail, key: str) -> bool:
    """Whether the Worker has such a secret; raises where the name is that of something else."""
    found = next((one for one in detail.bindings if one.name == key), None)
    if found is not None and found.type != _TYPE:
        raise PolicyError(
            Rule.NOT_A_VARIABLE,
            f"{key} of {target.name} is {found.type}, which everybody may read, no secret",
        )
    return found is not None


def _way_back(key: str, before: SecretRef | None, *, stands: bool) -> Undo:
    if before or not stands:
        return Undo(kind=UndoKind.RESTORES)
    why = f"Cloudflare never shows what {key} was, and before: names no secret of the team's that holds it"
    return Undo(kind=UndoKind.NONE, why=why)
