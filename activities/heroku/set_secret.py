"""`heroku.set_secret` and `heroku.set_webhook_secret`: a config var from the team's secrets.

Values are known by keyed fingerprints only. The way back needs no store of ours: Heroku keeps the config vars
of each release, and the value that stood is read from the release that ran
(`GET /apps/{app}/releases/{release}/config-vars`, read 2026-11).
"""

from datetime import timedelta
from typing import ClassVar

from activities.contract import arguments_of, same
from activities.heroku.client import NEEDS, Heroku
from activities.heroku.config import ConfigVars
from activities.heroku.variables import LATER, RESTARTS, ConfigVarSettings, OneVariable, Value
from activities.open_values import Key
from activities.team_secrets import SetsSecret, TeamSecret, TeamSecrets, of_webhooks, shell_name
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, SecretRef, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.rules import Rule


class SecretConfigVarArguments(Written):
    """Which config var gets which of the team's secrets; null takes it away. `before` must be what stands."""

    key: Key
    value: TeamSecret | None
    before: TeamSecret | None = None


class SetSecret(OneVariable, SetsSecret[Heroku]):
    """Sets a config var to a secret."""

    spec: ClassVar = VerbSpec(
        name="heroku.set_secret",
        awaits_health=True,
        says="A config var gets one of the team's secrets, or is taken away; every dyno restarts with it",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.SEEN,
            usually="10 s to 2 min, about 3 min more with preboot, longer with a release phase",
        ),
        arguments=SecretConfigVarArguments,
        of="heroku",
        floor=Approval.ONE,
        effects=(
            RESTARTS,
            LATER,
            (
                "the undo puts back the value that the release before holds,"
                " as long as Heroku keeps that release"
            ),
        ),
        risk=Risk.HIGH,
        takes=timedelta(hours=1, minutes=15),  # a release phase may take an hour, then dynos start
        needs=NEEDS,
    )

    @property
    def secrets(self) -> TeamSecrets:
        """The team's store."""
        return self.vendor.secrets

    async def plan(self, request: PlanRequest) -> Change:
        """Reads fingerprints only; what webhooks are signed with takes two people."""
        wanted = arguments_of(SecretConfigVarArguments, request)
        self.refuse_of_webhooks(wanted.key, wanted.value)
        config, now, standing = await self._standing(request, wanted.key)
        ran = await self.vendor.config(request.target, now.id)
        config.refuse_other(ran, (wanted.key,), now.version)
        unit = Unit(
            id=f"config:{wanted.key}",
            was=config.reference(wanted.key, f"v{now.version}"),
            to=self.secrets.planned(wanted.value.secret) if wanted.value else None,
        )
        self._refuse_another(unit, wanted)
        doing = (
            f"set {wanted.key} to the secret {wanted.value.secret} on"
            if wanted.value
            else f"take {wanted.key} from"
        )
        return self._set(request, unit, f"{doing} {request.target.name}", standing)

    def _refuse_another(self, unit: Unit, wanted: SecretConfigVarArguments) -> None:
        """Raise where there is something to change, and what stands is not what it was said to be."""
        if wanted.before is None or same(unit.was, unit.to):
            return
        if not same(unit.was, self.secrets.planned(wanted.before.secret)):
            raise PolicyError(
                Rule.BEFORE_IS_ANOTHER, f"{wanted.before.secret} is not what {wanted.key} is now"
            )

    def _carried(self, config: ConfigVars, key: str) -> Value:
        return config.reference(key, "now")

    async def _value(self, change: Change, unit: Unit) -> str | None:
        if unit.to is None:
            return None
        wanted = SecretRef.model_validate(unit.to)
        if not change.goes_back:
            return self.secrets.approved(wanted)
        planned = ConfigVarSettings.of(change)
        before = await self.vendor.config(change.target, planned.before)
        value = before.exact({planned.key: wanted.fingerprint})[planned.key]
        return self.vendor.redactor.hide(value) if value else value

    @classmethod
    def _assigned(cls, change: Change, unit: Unit, key: str) -> str:
        name = f"$THE_{key}_BEFORE" if change.goes_back else shell_name(SecretRef.model_validate(unit.to))
        return f'{key}="{name}"'


class SetWebhookSecret(SetSecret):
    """Sets what webhooks are signed with; a wrong one turns every delivery away."""

    spec: ClassVar = of_webhooks(
        SetSecret.spec,
        "The config var with which webhooks are verified gets one of the team's secrets",
        "deliveries signed with the secret of before are turned away from then on",
        formerly=("heroku.rotate_webhook_secret",),
    )
    is_of_webhooks: ClassVar = True
