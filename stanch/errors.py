"""The errors of the whole product, drawn by who has to act.

    StanchError
    ├── ConfigError          stanch.yaml, a token or the machine is set up wrong: its author mends it
    │   └── PlaybookError    a playbook is wrong: file, line, field, suggestion
    ├── PolicyError          not allowed now; carries the rule that said so
    ├── Forbidden            not by this door, not decided, or not by whoever says so: never asked again
    ├── ProviderError        an outside system, by name
    │   ├── Rejected         it would refuse the same request again
    │   │   ├── Unauthorized the credential is broken or lacks a permission: said once, loudly
    │   │   └── PutBack      it took the change, and what was there before stands there again
    │   ├── Moved            what stands there is neither what was planned on nor what is wanted
    │   ├── Conflict         the vendor's own lock said no: read again before anything else
    │   └── Unavailable      it may recover: asked again, when it said or a little later
    ├── Still                nothing is wrong, it is just not done yet
    └── CutOff               stopped from outside before everything was done; the details say how far it came

Temporal compares the *exact* class name, so `NEVER_RETRY` lists every final class.
"""

from datetime import timedelta
from typing import Any

from stanch.rules import Rule


class StanchError(Exception):
    """The root of everything Stanch raises on purpose."""

    details: tuple[Any, ...] = ()
    """What Temporal keeps beside the text: of a change, what is known to have been sent. Never a secret."""


class ConfigError(StanchError):
    """The set-up is wrong; the message says where, what, and how to mend it."""


class PlaybookError(ConfigError):
    """A playbook is wrong; the message names file, line, field and a suggestion."""


class PolicyError(StanchError):
    """A limit does not allow this now."""

    def __init__(self, rule: Rule, text: str) -> None:
        super().__init__(f"{text} [{rule}]")
        self.rule = rule


class Forbidden(StanchError):
    """What is asked for was not signed, planned or decided by those who may."""


class ProviderError(StanchError):
    """An outside system failed us; `provider` names it."""

    def __init__(self, provider: str, text: str) -> None:
        super().__init__(f"{provider}: {text}")
        self.provider = provider


class Rejected(ProviderError):
    """The vendor would refuse the same request again.

    `status` is its HTTP status, where there was one; `word` is its own for the reason, where it has one.
    """

    def __init__(self, provider: str, text: str, status: int = 0, word: str = "") -> None:
        super().__init__(provider, text)
        self.status = status
        self.word = word


class Unauthorized(Rejected):
    """The credential is broken, expired or lacks a permission."""


class PutBack(Rejected):
    """The vendor took a change and then did not keep it: asking again would do the same again."""


class Moved(ProviderError):
    """Somebody else changed the target since it was planned: plan anew, ask anew."""


class Conflict(ProviderError):
    """The vendor's own lock said no; what stands there is read again."""


class Unavailable(ProviderError):
    """The vendor may recover; `retry_after` is what it asked for, if it did.

    `untouched` says that the request surely did nothing: it was never sent, or turned away unread. Otherwise
    nobody knows, and a write may still take effect.
    """

    def __init__(
        self, provider: str, text: str, retry_after: timedelta | None = None, *, untouched: bool = False
    ) -> None:
        super().__init__(provider, text)
        self.retry_after = retry_after
        self.untouched = untouched


class Still(StanchError):
    """Not done yet; look again after `look_again_in`."""

    def __init__(self, text: str, look_again_in: timedelta) -> None:
        super().__init__(text)
        self.look_again_in = look_again_in


class CutOff(StanchError):
    """A change was stopped from outside: by an abort, or because its worker ends."""


NEVER_RETRY = [
    error.__name__
    for error in (ConfigError, PlaybookError, PolicyError, Forbidden, Rejected, Unauthorized, PutBack, Moved)
]
