"""Who is at the door: people by their tokens, alert sources by theirs."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute

from stanch.errors import ConfigError
from stanch.gateway.http_errors import HttpProblem, RefusalError, refused
from stanch.gateway.slack_proof import SlackProof
from stanch.gateway.tokens import SecretDigest, authorization_header, long_enough, read, secret_digest
from stanch.gateway.wrong_tokens import WrongTokens
from stanch.model.decision import UI_PERSON
from stanch.model.team import Source, Team
from stanch.secrets import Redactor


@dataclass(frozen=True)
class Caller:
    """A person, proved by a token."""

    name: str
    roles: tuple[str, ...]

    def must_be(self, role: str, to: str) -> None:
        """Raises a refusal that names the role unless the caller has it."""
        if role not in self.roles and "admin" not in self.roles:
            raise refused(
                HTTPStatus.FORBIDDEN,
                "role-missing",
                f"{self.name} does not have the role {role}, {to} needs it",
            )


@dataclass(frozen=True)
class _Sender:
    """How one alert source proves itself."""

    bearer: SecretDigest | None
    basic: SecretDigest | None

    def fits(self, authorization: str) -> bool:
        header = authorization_header(authorization)
        known = {"bearer": self.bearer, "basic": self.basic}.get(header.scheme)
        return known is not None and known.fits(header.secret)

    @property
    def challenge(self) -> str:
        schemes = [("Bearer", self.bearer), ("Basic", self.basic)]
        return ", ".join(f'{scheme} realm="stanch alerts"' for scheme, known in schemes if known)


class Authenticator:
    """Knows everybody by the digest of their secret; each is read once and kept out of every text."""

    def __init__(self, team: Team, redactor: Redactor, extra: Mapping[str, str] | None = None) -> None:
        """`extra` are tokens that the process itself hands out, by person."""
        self._roles = {name: person.roles for name, person in team.people.items()}
        self._people: list[tuple[SecretDigest, str]] = []
        for name, person in team.people.items():
            if person.token is not None:
                self._know(name, read(redactor, person.token, f"people.{name}.token"))
        for name, token in (extra or {}).items():
            self._know(name, redactor.hide(token))
        self.slack = SlackProof(team, redactor)
        self._senders = {name: _sender(name, source, redactor) for name, source in team.sources.items()}

    def _know(self, name: str, token: str) -> None:
        if name == UI_PERSON:
            raise ConfigError(
                f"{UI_PERSON} stands for everybody who comes without a proof and cannot have a token:"
                " give the token to a person"
            )
        if name not in self._roles:
            raise ConfigError(
                f"there is a token for {name}, who is nobody: add {name} to people in stanch.yaml"
            )
        long_enough(token, f"the token of {name}")
        owner = self._owner(token.encode())
        if owner not in (None, name):
            raise ConfigError(f"{owner} and {name} have the same token: give each their own")
        self._people.append((secret_digest(token), name))

    def _owner(self, token: bytes) -> str | None:
        # All are compared, so that the time says nothing about whose token it nearly was.
        owners = [name for digest, name in self._people if digest.fits(token)]
        return owners[0] if owners else None

    def caller(self, authorization: str) -> Caller:
        """The person whose token this is; raises a 401 otherwise."""
        header = authorization_header(authorization)
        caller = self.owner_of(header.secret) if header.scheme == "bearer" else None
        if caller is None:
            raise _unproved("show your own token: `Authorization: Bearer …`", 'Bearer realm="stanch"')
        return caller

    def owner_of(self, token: bytes) -> Caller | None:
        """The person whose token this is, with the rights they have now; None where it is nobody's."""
        name = self._owner(token)
        return None if name is None else Caller(name, self._roles[name])

    def at_slack(self, member: str) -> Caller | None:
        """The person of this member ID, whose request Slack has proved; None where it is nobody's."""
        name = self.slack.person(member)
        return None if name is None else Caller(name, self._roles[name])

    def owner_still(self, name: str, proves: Callable[[str], bool]) -> Caller | None:
        """The same person, as long as one of their tokens, named by its digest, still proves it."""
        held = [digest for digest, owner in self._people if owner == name]
        return Caller(name, self._roles[name]) if any(proves(digest.hex) for digest in held) else None

    def takes_from(self, source: str) -> bool:
        """True when the team has configured this source."""
        return source in self._senders

    def let_in(self, source: str, authorization: str) -> None:
        """Raises a 401 unless the sender has proved to be this source."""
        sender = self._senders[source]
        if not sender.fits(authorization):
            raise _unproved(_wrong(source, shown=bool(authorization)), sender.challenge)


def _wrong(source: str, *, shown: bool) -> str:
    if shown:
        return f"this is not the secret of sources.{source} in stanch.yaml: set it in {source} too"
    return (
        f"this alert needs the secret of sources.{source} in stanch.yaml (where `stanch up` has made it,"
        f" tokens/source-{source} in the data folder), as `Authorization: Bearer …`"
    )


def _sender(name: str, source: Source, redactor: Redactor) -> _Sender:
    where = f"sources.{name}"
    bearer = secret_digest(read(redactor, source.token, f"{where}.token")) if source.token else None
    if source.password is None:
        return _Sender(bearer, None)
    password = read(redactor, source.password, f"{where}.password")
    return _Sender(bearer, secret_digest(f"{source.username}:{password}"))


def _unproved(message: str, challenge: str) -> RefusalError:
    headers = {"WWW-Authenticate": challenge}
    return RefusalError(HttpProblem(HTTPStatus.UNAUTHORIZED, "unauthenticated", message, headers=headers))


def people_only(authenticator: Callable[[], Authenticator], wrong: WrongTokens) -> type[APIRoute]:
    """A route that looks at the token before it reads anything else of the request.

    Who may come in is asked for anew by each request; whoever has guessed too often is not asked at all.
    """

    class PeopleOnly(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            inner = super().get_route_handler()

            async def proved(request: Request) -> Response:
                shown = request.headers.get("authorization", "")
                with wrong.counted(request, shown.encode()):
                    request.state.caller = authenticator().caller(shown)
                return await inner(request)

            return proved

    return PeopleOnly


def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


Known = Annotated[Caller, Depends(_caller)]
"""The person at the door, in an endpoint of a route that is for people only."""
