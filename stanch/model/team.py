"""`stanch.yaml`: the team's providers, services, people and doors, as it is written."""

from datetime import timedelta
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from stanch.model.base import Duration, Names, Written
from stanch.model.channel import Channel
from stanch.model.freeze import Freeze, WeeklyFreeze
from stanch.model.rota import ON_CALL, Rota
from stanch.model.secret import Secret
from stanch.model.service import Service
from stanch.model.verb import AutomationMode

RIGHTS = ("responder", "approver", "admin")
"""The roles that let somebody do something; any other is the team's own word for whom it calls."""
EVERYBODY = "everybody"
"""All people at once, where somebody is called."""


def _role(word: str) -> str:
    near = "" if word in RIGHTS else next(iter(get_close_matches(word.lower(), RIGHTS, 1, 0.8)), "")
    if near:
        message = f"{word} gives no right; did you mean {near}?"
        raise ValueError(message)
    return word


Role = Annotated[str, AfterValidator(_role)]


class Person(Written):
    """Somebody who may decide; the token names them at the door."""

    roles: tuple[Role, ...] = ()
    token: Secret | None = None
    slack: str = ""
    """Their member ID, `U…`: by it they are mentioned when they are called."""
    email: str = ""
    """Where they are written to when they are called, by any channel of `provider: email`."""


class Provider(Written):
    """One vendor's credential and address; further fields are the provider's own."""

    model_config = ConfigDict(extra="allow", frozen=True)
    token: Secret | None = None
    base_url: str = ""
    status_page: str = ""

    @property
    def fields(self) -> dict[str, Any]:
        """The provider's own settings."""
        return dict(self.model_extra or {})


PageKind = Literal["statuspage", "instatus", "better-stack", "heroku", "google", "aws", "slack", "stripe"]
"""Whose software a status page runs on; pages of incident.io answer as Statuspage does."""


class StatusPage(Written):
    """A public status page: its address, and the components and regions that matter to the team."""

    url: str = ""
    """May be left out where the vendor's own address is known by the page's name."""
    kind: PageKind | None = None
    """May be left out where the host or the name tells it; otherwise the rented kinds are tried."""
    components: tuple[str, ...] = ()


class Source(Written):
    """How an alert source proves itself: a bearer token, or a user name and password."""

    token: Secret | None = None
    username: str = ""
    password: Secret | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Source":
        if bool(self.username) != (self.password is not None):
            message = "basic authentication takes both username and password"
            raise ValueError(message)
        if self.token is None and self.password is None:
            message = "give token, or username and password: an alert source without a secret is refused"
            raise ValueError(message)
        return self


class Rung(Written):
    """One rung of the escalation ladder, while the incident is unmitigated."""

    after: Duration = Field(ge=timedelta(0))
    to: str
    severity: Names = ()
    """Climbed only while the incident is of one of these; empty means whatever it is."""
    unless: Literal["acknowledged", "mitigated"] = "mitigated"
    """`acknowledged`: not climbed either once somebody has said that they are looking at it."""


class Team(Written):
    """The whole of `stanch.yaml`."""

    providers: dict[str, Provider] = Field(default_factory=dict)
    services: dict[str, Service] = Field(default_factory=dict)
    people: dict[str, Person] = Field(default_factory=dict)
    on_call: Rota | None = None
    """Who has the role `on-call`, week after week; without it, whoever has it under `roles`."""
    sources: dict[str, Source] = Field(default_factory=dict)
    status_pages: dict[str, StatusPage] = Field(default_factory=dict)
    channels: dict[str, Channel] = Field(default_factory=dict)
    messages: tuple[str, ...] = ()
    """Files with what people are told, named as they are."""
    contacts: dict[str, str] = Field(default_factory=dict)
    """Whom to ask for help outside, as it stands on the incident's card."""
    mode: AutomationMode = AutomationMode.SHADOW
    """The most that any playbook may do here."""
    escalation: tuple[Rung, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    weekly_freezes: tuple[WeeklyFreeze, ...] = ()
    """As they stand when a change is due, whatever an open incident began with."""
    secrets: dict[str, Secret] = Field(default_factory=dict)
    """Named values that changes may set: `{secret: NAME}` in a playbook."""
    temporal_door: Literal["trusted", "off"] = "trusted"
    playbooks: tuple[str, ...] = ("playbooks/*.yaml",)

    def called(self, name: str) -> tuple[str, ...]:
        """The people whom a name may call: one person, all who have that role, or everybody; else nobody.

        Of a rota's role it is everybody who takes a turn; who has it at an instant is `policy/on_call.py`'s.
        """
        if name == EVERYBODY:
            return tuple(self.people)
        if name in self.people:
            return (name,)
        if name == ON_CALL and self.on_call is not None:
            return self.on_call.people
        return tuple(person for person, one in self.people.items() if name in one.roles)
