"""The end of a file at an address, never more of it than there is room for."""

import asyncio
import re
from datetime import timedelta

import httpx

from activities.addresses import shown
from activities.connection import Connection
from activities.http import Api
from activities.integration import Surroundings
from activities.team_secrets import TeamSecrets
from stanch.errors import Rejected, Unavailable
from stanch.secrets import Redactor

PROVIDER = "logfile"
DEADLINE = timedelta(seconds=15)
TAIL = 4 * 1024 * 1024
"""How much of a file's end is read."""
LARGEST = 64 * 1024 * 1024
"""How much is read through where a server gives the whole file whatever it is asked for."""
_BEGINS = re.compile(r"bytes (\d+)-")
# Compressed answers are not asked for: the end of one cannot be read.
_HEADERS = {"User-Agent": "stanch", "Accept-Encoding": "identity", "Range": f"bytes=-{TAIL}"}
_TOO_LARGE = (
    f"the file is larger than {LARGEST // 1024 // 1024} MB and its server gives no part of it: "
    "let it answer Range, or rotate the file"
)


class Ends(Api):
    """What is there is text and not JSON, and only the end of it is wanted."""

    async def end_of(self, url: str, headers: dict[str, str]) -> str:
        """The last megabytes, without the line that is cut; an empty file has no end to give and says 416."""
        with self.reaching(f"GET {shown(url)}"):
            async with self.connection.stream(
                "GET", url, provider=self.provider, headers=headers
            ) as response:
                if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                    return ""
                if not response.is_success:
                    await response.aread()
                    raise self._error(response)
                return await _end(response)


class Files:
    """The one connection by which a worker reads such files."""

    def __init__(self, api: Ends, secrets: TeamSecrets, redactor: Redactor) -> None:
        self.api = api
        self.redactor = redactor
        self._secrets = secrets

    @classmethod
    def connect(cls, around: Surroundings) -> "Files":
        """Redirects are not followed: a credential goes where it was meant to go."""
        connection = Connection(timeout=DEADLINE.total_seconds(), headers=_HEADERS)
        return cls(Ends(PROVIDER, connection, around.redactor), TeamSecrets(around), around.redactor)

    async def end_of(self, url: str, bearer: str) -> str:
        """What stands at the end of the file; `bearer` names a secret of the team's."""
        headers = {"Authorization": f"Bearer {self._secrets.value(bearer)}"} if bearer else {}
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                return await self.api.end_of(url, headers)
        except TimeoutError as error:
            raise Unavailable(PROVIDER, f"no answer in time from {shown(url)}") from error


async def _end(response: httpx.Response) -> str:
    begins, read, kept = _begins(response), 0, bytearray()
    async for chunk in response.aiter_bytes():
        read += len(chunk)
        if read > LARGEST:
            raise Rejected(PROVIDER, _TOO_LARGE)
        kept += chunk
        del kept[: max(0, len(kept) - TAIL)]
    text = kept.decode("utf-8", errors="replace")
    is_cut = begins + read > len(kept)
    return text.partition("\n")[2] if is_cut else text


def _begins(response: httpx.Response) -> int:
    """Where in the file the answer begins."""
    if response.status_code != httpx.codes.PARTIAL_CONTENT:
        return 0
    found = _BEGINS.match(response.headers.get("content-range", ""))
    if found is None:
        raise Rejected(PROVIDER, "answered a part of the file without saying which")
    return int(found[1])
