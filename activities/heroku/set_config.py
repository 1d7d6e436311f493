"""`heroku.set_config` and `heroku.rotate_webhook_secret`: a config var from the team's secrets.

Values are known by keyed fingerprints only. The way back needs no store of ours: Heroku keeps the config vars
of each release, and the value that stood is read from the release that ran
(`GET /apps/{app}/releases/{release}/config-vars`, read 2026-11).
"""

import re
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from activities.contract import arguments_of
from activities.heroku.client import NEEDS
from activities.heroku.config import ConfigVars
from activities.heroku.variables import LATER, RESTARTS, Key, OneVariable, Value
from activities.webhook_secrets import signs_webhooks
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, SecretRef, UndoKind, Unit
from stanch.model.verb import Approval, NoHelp, Risk, VerbSpec
from stanch.rules import Rule

_EFFECTS = (
    RESTARTS,
    LATER,
    "the undo puts back the value that the release before holds, as long as Heroku keeps that release",
)


class SetConfigArguments(Written):
    """Which config var gets which of the team's secrets, by its name; null takes it away."""

    key: Key
    secret: Annotated[str, Field(min_length=1, max_length=256)] | None


class SetConfig(OneVariable):
    """Sets a config var to a secret."""

    spec: ClassVar = VerbSpec(
        name="heroku.set_config",
        awaits_health=True,
        says="A config var gets one of the team's secrets, or is taken away; every dyno restarts with it",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        arguments=SetConfigArguments,
        of="heroku",
        floor=Approval.ONE,
        if_no_help=NoHelp.KEEP,
        effects=_EFFECTS,
        risk=Risk.HIGH,
        takes=timedelta(hours=1, minutes=15),  # a release phase may take an hour, then dynos start
        needs=NEEDS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Reads fingerprints only; what webhooks are signed with takes two people."""
        wanted = arguments_of(SetConfigArguments, request)
        self._refuse_wrong_floor(wanted)
        config, now, newest = await self._standing(request.target, wanted.key)
        ran = await self._heroku.config(request.target, now.id)
        config.refuse_other(ran, (wanted.key,), now.version)
        unit = Unit(
            id=f"config:{wanted.key}",
            was=config.reference(wanted.key, f"v{now.version}"),
            to=self._heroku.secrets.planned(wanted.secret) if wanted.secret else None,
        )
        doing = (
            f"set {wanted.key} to the secret {wanted.secret} on"
            if wanted.secret
            else f"take {wanted.key} from"
        )
        return self._change(
            request,
            unit,
            now,
            newest,
            summary=f"{doing} {request.target.name}",
            effects=self.spec.effects,
        )

    def _refuse_wrong_floor(self, wanted: SetConfigArguments) -> None:
        value = self._heroku.secrets.value(wanted.secret) if wanted.secret else ""
        if signs_webhooks(wanted.key, value):
            raise PolicyError(
                Rule.WEBHOOK_SECRET,
                f"{wanted.key} signs webhooks: use heroku.rotate_webhook_secret, which asks two people",
            )

    def _seen(self, config: ConfigVars, key: str, of: str) -> Value:
        return config.reference(key, of)

    async def _value(self, change: Change, unit: Unit) -> str | None:
        if unit.to is None:
            return None
        wanted = SecretRef.model_validate(unit.to)
        if not change.settings.get("undo"):
            return self._heroku.secrets.approved(wanted)
        key = change.settings["key"]
        before = await self._heroku.config(change.target, change.settings["before"])
        value = before.exact({key: wanted.fingerprint})[key]
        return self._heroku.redactor.hide(value) if value else value

    @classmethod
    def _assigned(cls, change: Change, unit: Unit) -> str:
        key = change.settings["key"]
        if change.settings.get("undo"):
            return f'{key}="$THE_{key}_BEFORE"'
        name = re.sub(r"\W", "_", SecretRef.model_validate(unit.to).secret.upper())
        return f'{key}="${name}"'


class RotateWebhookSecret(SetConfig):
    """Sets what webhooks are signed with; a wrong one turns every delivery away."""

    spec: ClassVar = VerbSpec(
        name="heroku.rotate_webhook_secret",
        says="The config var with which webhooks are verified gets one of the team's secrets",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        arguments=SetConfigArguments,
        of="heroku",
        floor=Approval.TWO,
        if_no_help=NoHelp.KEEP,
        effects=(*_EFFECTS, "deliveries signed with the secret of before are turned away from then on"),
        risk=Risk.HIGH,
        takes=timedelta(hours=1, minutes=15),  # a release phase may take an hour, then dynos start
        needs=NEEDS,
    )

    def _refuse_wrong_floor(self, wanted: SetConfigArguments) -> None:
        """Two people may set any secret."""
