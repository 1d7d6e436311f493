"""Who guesses: an address that has shown too many different wrong tokens is not listened to for a while."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.requests import Request

from stanch.gateway.http_errors import HttpProblem, RefusalError

MOST = 20
"""Different ones within a minute: whoever mistypes, or has an old token in a script, stays far below."""
WITHIN = 60.0
_MOST_ADDRESSES = 10_000


@dataclass
class WrongTokens:
    """The wrong tokens of the last minute, by address; one that is shown again and again counts once.

    Whoever is signed in shows no token, and goes on.
    """

    now: Callable[[], float] = time.monotonic
    _shown: dict[str, deque[tuple[float, int]]] = field(default_factory=dict, repr=False)

    @contextmanager
    def counted(self, request: Request, token: bytes) -> Iterator[None]:
        """Inside, whose token this is gets asked; a refusal counts. Raises a 429 to whoever guesses."""
        address = request.client.host if request.client else ""
        self._must_not_guess(address)
        try:
            yield
        except RefusalError:
            if token:
                self._count(address, hash(token))
            raise

    def _must_not_guess(self, address: str) -> None:
        lately = self._lately(address)
        if len(lately) < MOST:
            return
        wait = max(1, round(lately[0][0] + WITHIN - self.now()))
        text = f"too many wrong tokens came from your address: try again in {wait} s"
        headers = {"Retry-After": str(wait)}
        raise RefusalError(HttpProblem(HTTPStatus.TOO_MANY_REQUESTS, "too-many", text, headers=headers))

    def _lately(self, address: str) -> deque[tuple[float, int]]:
        lately = self._shown.get(address, deque())
        while lately and lately[0][0] <= self.now() - WITHIN:
            lately.popleft()
        return lately

    def _count(self, address: str, token: int) -> None:
        lately = self._lately(address)
        if all(token != known for _, known in lately):
            lately.append((self.now(), token))
        if len(self._shown) >= _MOST_ADDRESSES:
            self._shown = {known: rows for known in self._shown if (rows := self._lately(known))}
            self._shown.pop(next(iter(self._shown), ""), None)
        self._shown[address] = lately
