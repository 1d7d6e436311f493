"""`aws.set_secret` and `aws.set_webhook_secret`: what a task's secret holds, and tasks that run with it.

Tasks read their secrets when they start, so that the change deploys a revision like the running one, which is
found again by its tag. The way back needs no store of ours: both of AWS's keep the version that stood.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from activities.aws import ecs
from activities.aws.by_hand import command
from activities.aws.client import Aws
from activities.aws.revisions import EFFECTS, Definition, Revisions, RevisionSettings, by_hand
from activities.aws.revisions import NEEDS as TO_DEPLOY
from activities.aws.secret_stores import NEEDS, SecretPlace, SecretStores, Stored, place_of
from activities.contract import Seen, same
from activities.team_secrets import (
    SecretSettings,
    SetSecretArguments,
    SetsSecret,
    TeamSecrets,
    of_webhooks,
    shell_name,
)
from stanch.errors import PolicyError, Rejected
from stanch.model.change import Change, Kind, PlanRequest, SecretRef, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.rules import Rule

SECRET, TASKS = "secret", "tasks"
_OLD, _NEW = "as they run", "started with it"
_SAYS = "A secret of the ECS service's tasks, in SSM or Secrets Manager, from the team's own store; tasks are"
_SAYS += " started anew with it"


class EcsSecretSettings(RevisionSettings):
    """Which variable, where its secret is, and the version that stood."""

    key: str
    place: SecretPlace
    version: str


class SetSecret(SetsSecret[Aws]):
    """Writes a secret's next version, and deploys tasks that read it."""

    spec: ClassVar = VerbSpec(
        name="aws.set_secret",
        awaits_health=True,
        says=_SAYS,
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.SEEN,
            usually="2 to 15 min",
            limits="Fargate starts about 100 tasks at once, then 20 a second; older accounts 10, then 1",
        ),
        arguments=SetSecretArguments,
        of="aws",
        floor=Approval.ONE,
        effects=(
            *EFFECTS,
            "whatever else reads the same parameter or secret gets the new value too",
            "the undo puts back the version that stood, as long as AWS keeps it",
        ),
        risk=Risk.HIGH,
        takes=timedelta(minutes=45),  # as a deployment: ECS: 2 to 15 min, and draining
        needs=(*NEEDS, *TO_DEPLOY),
    )
    look_again_in: ClassVar = timedelta(seconds=10)
    stale_for: ClassVar = ecs.STALE_FOR
    arrives_within: ClassVar = timedelta(0)  # by value; a revision that is not deployed harms nobody

    def __init__(self, aws: Aws) -> None:
        super().__init__(aws)
        self._revisions = Revisions(aws)
        self._stores = SecretStores(aws)

    @property
    def secrets(self) -> TeamSecrets:
        """The team's store."""
        return self.vendor.team_secrets

    async def plan(self, request: PlanRequest) -> Change:
        """Reads what stands by its fingerprint; refuses where the task definition names no such secret."""
        wanted = self.wanted(request)
        found, whole, standing = await self._revisions.standing(request)
        place = _place(whole, wanted.key, request.target.at.get("region", ""))
        stored = await self._stores.read(request.target, place)
        was = self._reference(wanted.key, stored)
        if not same(was, wanted.value):
            _refuse_another(wanted, was)
        primary = found.primary
        stale = primary is not None and stored.changed_at > primary.created_at
        tasks = Unit(id=TASKS, was=_OLD, to=_NEW)
        secret = () if same(was, wanted.value) else (Unit(id=SECRET, was=was, to=wanted.value),)
        units = (*secret, tasks) if secret or stale else ()
        return self.change(
            request,
            units,
            f"set the secret {wanted.key} of {request.target.name} from the team's {wanted.value.secret},"
            " and start its tasks anew with it",
            because="tasks run with the secrets that they read when they started",
            settings=EcsSecretSettings(
                **standing.model_dump(), key=wanted.key, place=place, version=stored.version
            ),
            nothing_to_do=f"{wanted.key} is the team's {wanted.value.secret} already, and tasks run with it",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """The secret first, in both directions: tasks that start earlier would read the other one."""
        settings = EcsSecretSettings.of(change)
        seen = {}
        for unit in sorted(change.units, key=lambda unit: unit.id != SECRET):
            if unit.id == SECRET:
                stored = await self._stores.read(change.target, settings.place)
                seen[unit.id] = Seen(self._reference(settings.key, stored))
            else:
                seen[unit.id] = await self._revisions.seen(change, unit, settings)
        return seen

    async def write(self, change: Change, unit: Unit) -> None:
        """Writes the value, or deploys tasks that read it."""
        settings = EcsSecretSettings.of(change)
        if unit.id == TASKS:
            await self._revisions.deploy(change, settings, _as_it_is)
            return
        wanted = SecretRef.model_validate(unit.to)
        value = await self._before(change, wanted) if change.goes_back else self.secrets.approved(wanted)
        await self._stores.write(change, settings.place, value)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`aws ssm put-parameter` or `aws secretsmanager put-secret-value`, then the deployment."""
        settings = EcsSecretSettings.of(change)
        deployed = by_hand(change, settings, ".")
        secret = next((unit for unit in change.units if unit.id == SECRET), None)
        if secret is None:
            return deployed
        name = "$BEFORE" if change.goes_back else shell_name(SecretRef.model_validate(secret.to))
        there, place = settings.place.there(change.target), settings.place
        if not place.managed:
            put = command(there, "ssm put-parameter", name=place.name, overwrite=True)
            return [f'{put} --value "{name}"', *deployed]
        put = command(there, "secretsmanager put-secret-value", secret_id=place.name)
        inside = f"  # the value of {place.field} in its JSON" if place.field else ""
        return [f'{put} --secret-string "{name}"{inside}', *deployed]

    async def _before(self, change: Change, wanted: SecretRef) -> str:
        """The value of the version that stood; raises where it is not what was planned to be restored."""
        settings = EcsSecretSettings.of(change)
        stored = await self._stores.read(change.target, settings.place, settings.version)
        if not same(self._reference(settings.key, stored), wanted):
            raise Rejected("aws", f"version {settings.version} of {settings.key} is not what stood before")
        return stored.value

    def _reference(self, key: str, stored: Stored) -> SecretRef:
        return self.secrets.reference(f"{key} of version {stored.version}", stored.value)


class SetWebhookSecret(SetSecret):
    """Sets what webhooks are signed with; two people are asked."""

    spec: ClassVar = of_webhooks(
        SetSecret.spec,
        f"{_SAYS}; for what webhooks are signed with",
        "what was signed with the old secret is refused from the moment a task runs with the new one",
    )
    is_of_webhooks: ClassVar = True


def _place(whole: Definition, key: str, region: str) -> SecretPlace:
    named = {
        one["valueFrom"]
        for container in whole["containerDefinitions"]
        for one in container.get("secrets") or []
        if one["name"] == key
    }
    if not named:
        raise PolicyError(
            Rule.NOT_A_VARIABLE, f"the task definition takes no {key} from SSM or Secrets Manager"
        )
    if len(named) > 1:
        raise PolicyError(Rule.WHICH_CONTAINER, f"containers take {key} from {len(named)} different places")
    return place_of(named.pop(), region)


def _refuse_another(wanted: SecretSettings, was: SecretRef) -> None:
    """Raise where what stands is not what it was said to be."""
    if wanted.before is not None and not same(was, wanted.before):
        raise PolicyError(Rule.BEFORE_IS_ANOTHER, f"{wanted.before.secret} is not what {wanted.key} is now")


def _as_it_is(whole: Definition) -> Definition:
    return whole
