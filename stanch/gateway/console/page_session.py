"""Who is signed in at the pages: a cookie that any gateway with the door's key can read, and none can forge.

It holds a name and no secret. What is signed beside it names the token by which its owner came in, so that it
ends with that token. Rights are looked up at each request.
"""

import base64
import binascii
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from stanch.gateway.authentication import Authenticator, Caller
from stanch.gateway.tokens import secret_digest
from stanch.policy.signing import Keyring

LASTS = timedelta(hours=12)
"""A shift."""


@dataclass(frozen=True)
class PageSession:
    """One person at one browser, and until when."""

    caller: Caller
    id: str
    until: int
    """Seconds since 1970."""


@dataclass
class PageSessions:
    """Begins, finds and ends sessions; those that were ended are remembered until they would have ended."""

    keys: Keyring
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _ended: dict[str, int] = field(default_factory=dict, repr=False)

    def begun(self, caller: Caller, token: str) -> str:
        """The cookie of a new session."""
        session, until = secrets.token_urlsafe(18), int((self.now() + LASTS).timestamp())
        mark = secret_digest(token).hex
        signature = self.keys.sign(_signed(session, until, caller.name, mark))
        return f"{session}.{until}.{_packed(caller.name)}.{signature}"

    def found(self, cookie: str, who: Authenticator) -> PageSession | None:
        """The session, as long as it is one, has not ended, and its owner still has the token."""
        session, _, rest = cookie.partition(".")
        said, _, rest = rest.partition(".")
        name, _, signature = rest.partition(".")
        until = int(said) if said.isascii() and said.isdecimal() and len(said) < len("9" * 12) else 0
        if until <= self.now().timestamp() or session in self._ended:
            return None
        person = _unpacked(name)
        caller = who.owner_still(
            person, lambda mark: self.keys.verifies(_signed(session, until, person, mark), signature)
        )
        return None if caller is None else PageSession(caller, session, until)

    def end(self, session: PageSession) -> None:
        """Nobody comes in by it again, whoever has kept the cookie."""
        now = self.now().timestamp()
        self._ended = {one: until for one, until in self._ended.items() if until > now}
        self._ended[session.id] = session.until

    def form_mark(self, session: PageSession) -> str:
        """What every form of a page carries: nobody who cannot read the page can know it."""
        return self.keys.sign(f"form {session.id}")

    def is_form_of(self, session: PageSession, mark: str) -> bool:
        """True when a form comes from a page of this session."""
        return self.keys.verifies(f"form {session.id}", mark)


def _signed(session: str, until: int, name: str, mark: str) -> str:
    return f"session {session} {until} {_packed(name)} {mark}"


def _packed(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _unpacked(name: str) -> str:
    try:
        return base64.b64decode(name, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
