"""`firebase.set_secret` and `firebase.set_webhook_secret`: a secret's next version, and a revision with it.

Instances read their secrets when they start, so that a new revision is made, which names the version by its
number. The way back needs no store of ours: Secret Manager keeps the version that stood.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from activities.contract import Seen, same
from activities.firebase.answers import Service
from activities.firebase.capacity import renewed
from activities.firebase.client import Firebase
from activities.firebase.cloud_run import NEEDS as TO_RENEW
from activities.firebase.cloud_run import NEW_REVISION, CloudRunSettings, ask_for, gcloud, refuse_pinned
from activities.firebase.images import refuse_without
from activities.firebase.secret_manager import LATEST, NEEDS, Held, add, named_by, pinned, read
from activities.team_secrets import (
    SecretSettings,
    SetSecretArguments,
    SetsSecret,
    TeamSecrets,
    of_webhooks,
    shell_name,
)
from stanch.errors import Conflict, PolicyError, Rejected
from stanch.model.change import Change, Kind, PlanRequest, SecretRef, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.rules import Rule

SECRET, REVISION = "secret", "revision"
_NOT_OFFERED = "it gets a secret only with a deployment; deploy it again from the pipeline"
_SAYS = "A secret of the service, in Secret Manager, from the team's own store; a new revision reads it"


class RunSecretSettings(CloudRunSettings):
    """Which variable, its secret, the version that it named, and the number of the newest."""

    key: str
    secret: str
    named: str
    newest: str


class SetSecret(SetsSecret[Firebase]):
    """Adds a version of a secret, and makes a revision that reads it."""

    spec: ClassVar = VerbSpec(
        name="firebase.set_secret",
        awaits_health=True,
        says=_SAYS,
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.DONE,
            visitors="within seconds",
            limits="60 changes of functions a minute in each region; vCPUs of the region",
        ),
        arguments=SetSecretArguments,
        of="firebase",
        floor=Approval.ONE,
        effects=(
            NEW_REVISION,
            "whatever else reads the newest version of the same secret gets the new value when it starts",
            "the service names the version by its number from then on",
            "the undo adds a version with the value that stood, and names what was named before",
        ),
        risk=Risk.HIGH,
        takes=timedelta(minutes=20),  # as a restart
        needs=(*NEEDS, *TO_RENEW),
    )
    arrives_within: ClassVar = timedelta(0)  # by value, and under the service's etag

    @property
    def secrets(self) -> TeamSecrets:
        """The team's store."""
        return self.vendor.team_secrets

    async def plan(self, request: PlanRequest) -> Change:
        """Reads what stands by its fingerprint; refuses where the variable comes from no secret."""
        wanted = self.wanted(request)
        standing = await self.vendor.standing(request.target, _NOT_OFFERED)
        standing.refuse_while_deploying(request.as_of)
        refuse_pinned(standing)
        service = standing.service
        there = named_by(service, request.target, wanted.key)
        newest = await read(self.vendor, there.secret)
        runs_with = await self._runs_with(wanted.key, there.secret, there.version)
        stands = self._reference(wanted.key, newest)
        now = stands if there.version == LATEST else runs_with
        if not same(now, wanted.value):
            _refuse_another(wanted, now)
        secret = () if same(stands, wanted.value) else (Unit(id=SECRET, was=stands, to=wanted.value),)
        revision = Unit(id=REVISION, was=runs_with, to=wanted.value)
        image = await refuse_without(self.vendor, standing)
        return self.change(
            request,
            (*secret, revision) if secret or not same(now, wanted.value) else (),
            f"set the secret {wanted.key} of {service.id} from the team's {wanted.value.secret},"
            " and start its instances anew with it",
            because="instances run with the secrets that they read when they started",
            effects=(*self.spec.effects, *image),
            settings=RunSecretSettings(
                service=service.name,
                stuck=standing.stuck(request.as_of),
                key=wanted.key,
                secret=there.secret,
                named=there.version,
                newest=newest.number,
            ),
            nothing_to_do=f"{wanted.key} is the team's {wanted.value.secret} already",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """The secret first, in both directions: instances that start earlier would read the other one."""
        settings = RunSecretSettings.of(change)
        found = {}
        for unit in sorted(change.units, key=lambda unit: unit.id != SECRET):
            if unit.id == SECRET:
                found[unit.id] = Seen(self._reference(settings.key, await read(self.vendor, settings.secret)))
            else:
                found[unit.id] = await self._seen_revision(change, unit)
        return found

    async def write(self, change: Change, unit: Unit) -> None:
        """Adds the version, or makes a revision that reads it."""
        settings = RunSecretSettings.of(change)
        if unit.id == SECRET:
            await add(self.vendor, settings.secret, await self._value(change, unit))
            return
        service = await self.vendor.service(settings.service)
        template = pinned(renewed(service, change.marker), settings.key, await self._version(change, unit))
        await ask_for(
            self.vendor, service, ({"updateMask": "template"}, {"template": template}), (change, unit)
        )

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`gcloud secrets versions add`, then `gcloud run services update`."""
        settings = RunSecretSettings.of(change)
        _, project, _, name = settings.secret.split("/")
        found = []
        for unit in sorted(change.units, key=lambda unit: unit.id != SECRET):
            if unit.id == SECRET:
                value = "$BEFORE" if change.goes_back else shell_name(SecretRef.model_validate(unit.to))
                added = f"gcloud secrets versions add {name} --data-file=- --project={project}"
                found.append(f"printf '%s' \"{value}\" | {added}")
                continue
            version = settings.named if change.goes_back else LATEST
            found.append(gcloud(change, "update", f"--update-secrets={settings.key}={name}:{version}"))
        return found

    async def _seen_revision(self, change: Change, unit: Unit) -> Seen:
        """By the value of the version that the newest revision names."""
        settings = RunSecretSettings.of(change)
        service = await self.vendor.service(settings.service)
        version = named_by(service, change.target, settings.key).version
        value = await self._runs_with(settings.key, settings.secret, version)
        seen = _settled(change, unit, service, value)
        if seen.settling or not self.is_reached(change, unit, value):
            await self.vendor.refuse_failed(change, unit)
        return seen

    async def _runs_with(self, key: str, secret: str, version: str) -> SecretRef | str:
        """What a revision is given; which one the newest was when an instance started nobody can tell."""
        if version == LATEST:
            return LATEST
        return self._reference(key, await read(self.vendor, secret, version))

    async def _value(self, change: Change, unit: Unit) -> str:
        """The team's; on the way back that of the version that was the newest."""
        wanted = SecretRef.model_validate(unit.to)
        if not change.goes_back:
            return self.secrets.approved(wanted)
        settings = RunSecretSettings.of(change)
        before = await read(self.vendor, settings.secret, settings.newest)
        if not same(self._reference(settings.key, before), wanted):
            raise Rejected("firebase", f"version {before.number} of {settings.key} is not what stood before")
        return before.value

    async def _version(self, change: Change, unit: Unit) -> str:
        """The number of the newest, which holds what is wanted; on the way back, what was named before."""
        settings = RunSecretSettings.of(change)
        if change.goes_back:
            return settings.named
        newest = await read(self.vendor, settings.secret)
        if not same(self._reference(settings.key, newest), SecretRef.model_validate(unit.to)):
            said = f"version {newest.number} of {settings.key} came after the one of this change"
            raise Conflict("firebase", said)
        return newest.number

    def _reference(self, key: str, held: Held) -> SecretRef:
        return self.secrets.reference(f"{key} of version {held.number}", held.value)


class SetWebhookSecret(SetSecret):
    """Sets what webhooks are signed with; two people are asked."""

    spec: ClassVar = of_webhooks(
        SetSecret.spec,
        f"{_SAYS}; for what webhooks are signed with",
        "what was signed with the old secret is refused from the moment the new revision runs",
    )
    is_of_webhooks: ClassVar = True


def _settled(change: Change, unit: Unit, service: Service, value: SecretRef | str) -> Seen:
    if same(value, unit.was):
        # Under way: another revision would be made anew from a template that is half old.
        under_way = RunSecretSettings.of(change).moving(service)
        return Seen(value, f"{service.id} is being changed" if under_way else "")
    if not same(value, unit.to):
        return Seen(value)
    if service.moving:
        return Seen(value, f"{service.latest_created} is starting")
    if service.latest_ready != service.latest_created:
        raise Rejected("firebase", f"{service.latest_created} did not start: {service.trouble}")
    return Seen(value)


def _refuse_another(wanted: SecretSettings, now: SecretRef | str) -> None:
    """Raise where what stands is not what it was said to be."""
    if wanted.before is not None and not same(now, wanted.before):
        raise PolicyError(Rule.BEFORE_IS_ANOTHER, f"{wanted.before.secret} is not what {wanted.key} is now")
