"""`http.call`: one call to an endpoint of the team's own service, such as its admin door.

Nothing there can be compared, so a call whose answer was lost is made again. The `Idempotency-Key` header
(draft-ietf-httpapi-idempotency-key-header-07) lets an endpoint that knows it act only once.
"""

import shlex
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import httpx
from pydantic import ConfigDict, Field, JsonValue, field_validator

from activities.addresses import shown
from activities.connection import Connection
from activities.contract import Seen, Settings, Verb, answered, arguments_of
from activities.http import Api, HttpAnswer
from activities.integration import Integration, Surroundings
from activities.portable.verbs import none_of
from activities.team_secrets import TeamSecrets, shell_name
from stanch.errors import Conflict, Rejected
from stanch.masking import secret_fields
from stanch.model.address import OpenAddress
from stanch.model.base import Frozen, Written, canonical_json
from stanch.model.change import Change, Delivery, Kind, PlanRequest, SecretRef, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import TargetSpec, VerbSpec

_ONCE_MORE = "is sent again when its answer is lost"
_BODY_SHOWN = 200
_CREDENTIALS = {"authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token"}
_OURS = {"host", "content-length", "transfer-encoding", "connection", "idempotency-key"}
_PLAIN = {"key", "keys"}
_CONFLICTS = {httpx.codes.CONFLICT, httpx.codes.PRECONDITION_FAILED}


class HttpTarget(Written):
    """`runs_on: {provider: http, service: NAME}`: the service itself."""

    service: str


class Call(Written):
    """One request."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: OpenAddress
    json_: JsonValue = Field(default=None, alias="json")

    @field_validator("json_")
    @classmethod
    def _open(cls, body: JsonValue) -> JsonValue:
        """What is written in a playbook is shown to everybody who approves."""
        for name in secret_fields(body):
            message = f"{name} names a secret, and a body is shown and kept: send it as bearer instead"
            raise ValueError(message)
        return body


class CallArguments(Call):
    """The request, what it is sent with, which answers are good, and the request that takes it back."""

    headers: dict[str, str] = Field(default_factory=dict)
    bearer: str = ""
    """The name of a team secret."""
    expect: tuple[Annotated[int, Field(ge=200, le=499)], ...] = ()
    """Statuses that are good; any of 2xx when empty."""
    idempotency: bool = True
    undo: Call | None = None

    @field_validator("headers")
    @classmethod
    def _harmless(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if name.lower() in _CREDENTIALS:
                message = f"{name} holds a credential: name the team's secret as bearer instead"
                raise ValueError(message)
            if name.lower() in _OURS or not name.isprintable() or not value.isprintable():
                message = f"{name!r} cannot be set here"
                raise ValueError(message)
        return headers


class PlannedCall(Frozen):
    """One request, as it was approved."""

    model_config = ConfigDict(serialize_by_alias=True)

    method: str
    url: str
    json_: JsonValue = Field(alias="json")

    @classmethod
    def of(cls, call: Call) -> "PlannedCall":
        """What is written in the playbook."""
        return cls(method=call.method, url=call.url, json=call.json_)


class CallSettings(Settings):
    """The request, what it is sent with, which answers are good, and the request that takes it back."""

    call: PlannedCall
    headers: dict[str, str]
    expect: tuple[int, ...]
    idempotency: bool
    bearer: SecretRef | None = None
    undo_call: PlannedCall | None = None

    def due(self, change: Change) -> PlannedCall:
        """The request of the direction that is taken."""
        if not change.goes_back:
            return self.call
        if self.undo_call is None:
            raise Rejected("http", "the plan names no call that takes this one back")
        return self.undo_call


class StatusOnlyApi(Api):
    """An endpoint whose answer counts by its status alone: many say a plain ok."""

    def _json(self, response: httpx.Response) -> Any:
        return None


class EndpointCaller:
    """What calls the team's endpoints, and the secrets that they ask for."""

    def __init__(self, api: Api, secrets: TeamSecrets) -> None:
        self.api = api
        self.secrets = secrets

    @classmethod
    def connect(cls, around: Surroundings) -> "EndpointCaller":
        """Redirects are not followed: a credential goes where it was approved to go."""
        return cls(
            StatusOnlyApi("http", Connection(headers={"User-Agent": "stanch"}), around.redactor),
            TeamSecrets(around),
        )


class CallEndpoint(Verb[EndpointCaller]):
    """Makes one request, at least once."""

    spec: ClassVar = VerbSpec(
        name="http.call",
        says="One request to an endpoint of the service's own; taken back only by a request written for it",
        kind=Kind.ACT,
        undo=UndoKind.COMPENSATES,
        course=Course(waits_for=WaitsFor.ACCEPTED, usually="as long as the endpoint takes to answer"),
        arguments=CallArguments,
        of="http",
        effects=(_ONCE_MORE,),
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Resolves the request and the fingerprint of its secret; nothing is sent."""
        wanted = arguments_of(CallArguments, request)
        secrets = self.vendor.secrets
        return self.change(
            request,
            (Unit(id="call", was=None, to="called"),),
            f"{wanted.method} {wanted.url}{_body_of(wanted)} for {request.target.name}",
            undo=_way_back(wanted.undo),
            effects=_effects(wanted),
            settings=CallSettings(
                call=PlannedCall.of(wanted),
                headers=wanted.headers,
                expect=wanted.expect,
                idempotency=wanted.idempotency,
                bearer=secrets.planned(wanted.bearer) if wanted.bearer else None,
                undo_call=PlannedCall.of(wanted.undo) if wanted.undo else None,
            ),
            delivery=Delivery.AT_LEAST_ONCE,
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """Only what this change is known to have been answered counts as called."""
        return answered(change, done)

    async def write(self, change: Change, unit: Unit) -> None:
        """Sends the request, or the one that takes it back; a secret that rotated since stops it."""
        settings = CallSettings.of(change)
        headers = dict(settings.headers)
        if settings.idempotency:
            headers["Idempotency-Key"] = change.marker
        if settings.bearer:
            headers["Authorization"] = f"Bearer {self.vendor.secrets.approved(settings.bearer)}"
        await self._send(settings.due(change), headers, frozenset(settings.expect))

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`curl`, with the secret by its name."""
        settings = CallSettings.of(change)
        call = settings.due(change)
        headers = {**settings.headers, "Idempotency-Key": change.marker}
        words = ["curl", "-X", call.method, call.url]
        for name, value in headers.items():
            words += ["-H", f"{name}: {value}"]
        if call.json_ is not None:
            words += ["-H", "Content-Type: application/json", "-d", canonical_json(call.json_)]
        line = shlex.join(words)
        if settings.bearer:
            line += f' -H "Authorization: Bearer {shell_name(settings.bearer)}"'
        return [line]

    async def _send(self, call: PlannedCall, headers: dict[str, str], expected: frozenset[int]) -> None:
        body = {} if call.json_ is None else {"json": call.json_}
        try:
            answer: HttpAnswer = await self.vendor.api.send(call.method, call.url, headers=headers, **body)
        except Rejected as error:
            if error.status not in expected:
                raise
            return
        except Conflict:
            if expected.isdisjoint(_CONFLICTS):
                raise
            return
        if expected and answer.status not in expected:
            wanted = ", ".join(str(status) for status in sorted(expected))
            raise Rejected("http", f"{shown(call.url)} answered {answer.status}, not {wanted}", answer.status)


def _way_back(undo: Call | None) -> Undo:
    if undo is None:
        return Undo(
            kind=UndoKind.NONE, why="a call cannot be taken back, and the playbook gives no undo call"
        )
    return Undo(kind=UndoKind.COMPENSATES, why=f"by {undo.method} {shown(undo.url)}")


def _body_of(call: Call) -> str:
    return "" if call.json_ is None else f" with {canonical_json(call.json_)[:_BODY_SHOWN]}"


def _effects(wanted: CallArguments) -> tuple[str, ...]:
    known = "; an endpoint that knows Idempotency-Key acts once" if wanted.idempotency else ""
    return (f"{_ONCE_MORE}{known}", "what it does inside the service is the service's own")


INTEGRATION = Integration(
    name="http",
    connect=EndpointCaller.connect,
    verbs=(CallEndpoint,),
    target=TargetSpec(HttpTarget, "service"),
    offers_none=none_of("an address of the team's own has no such thing that all would know: http.call"),
)
