"""Firestore, as far as Stanch uses it: documents, and the administration of whole databases.

https://firestore.googleapis.com over gRPC through google-cloud-firestore (cloud.google.com/firestore/docs,
read 2026-11), by the same access tokens as Firebase; where `base_url` is plain `http://`, as the sandbox's
is, `token` is the bearer token itself. Google's libraries are slow and large: the first call imports them.
"""

from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from activities.connection import Connection
from activities.google_credentials import GoogleCredentials
from activities.http import Api
from activities.integration import Surroundings
from stanch.errors import ConfigError
from stanch.model.base import Written
from stanch.model.change import Target
from stanch.secrets import Redactor

if TYPE_CHECKING:
    from activities.firestore.administration import Administration
    from activities.firestore.documents import Documents
    from activities.firestore.line import Line

HOST = "firestore.googleapis.com"
DEFAULT = "(default)"
_IN_THE_CLEAR = "http://"
Token = Callable[[], Awaitable[str]]
"""Gives the bearer token that is good now."""


class FirestoreTarget(Written):
    """`runs_on: {provider: firestore, project: ID}`; `database` names another than `(default)`."""

    project: Annotated[str, Field(pattern=r"^[a-z][a-z0-9.:-]*$", max_length=64)]
    database: Annotated[str, Field(pattern=r"^(\(default\)|[a-z][a-z0-9-]{2,61}[a-z0-9])$")] = DEFAULT


def database_of(target: Target) -> str:
    """The target's database."""
    return target.at.get("database") or DEFAULT


def name_of(target: Target) -> str:
    """`projects/P/databases/D`."""
    return f"projects/{target.name}/databases/{database_of(target)}"


class Firestore:
    """One connection to Firestore for all of a worker's activities; opened by the first call."""

    def __init__(self, address: str, token: Token, redactor: Redactor) -> None:
        self.address = address
        """Host and port; plain when it begins with `http://`."""
        self.redactor = redactor
        self._token = token

    @classmethod
    def connect(cls, around: Surroundings) -> "Firestore":
        """From the team's settings."""
        address = around.settings.base_url or f"https://{HOST}"
        if not address.startswith(_IN_THE_CLEAR):
            api = Api("firestore", Connection(), around.redactor)
            return cls(address, GoogleCredentials.of(api, around).token, around.redactor)
        credential = around.token("firestore")
        if credential.startswith("{"):
            raise ConfigError(
                "providers.firestore.base_url is http://: a service account's key is not sent in the clear;"
                " give the stand-in's own token, or write https://"
            )
        return cls(address, always(credential), around.redactor)

    @cached_property
    def documents(self) -> "Documents":
        """Single documents, and queries."""
        from activities.firestore.documents import Documents  # noqa: PLC0415 - see the head of this module

        return Documents(self._line)

    @cached_property
    def administration(self) -> "Administration":
        """Exports, imports, backups, restores and their operations."""
        from activities.firestore.administration import Administration  # noqa: PLC0415 - the same

        return Administration(self._line)

    @cached_property
    def _line(self) -> "Line":
        from activities.firestore.line import Line, plain, secured  # noqa: PLC0415 - the same

        host = self.address.partition("://")[2].partition("/")[0]
        opened = plain if self.address.startswith(_IN_THE_CLEAR) else secured
        return Line(opened(host, self._token), self.redactor)


def always(token: str) -> Token:
    """The same token whenever it is asked for."""

    async def give() -> str:
        return token

    return give
