"""What `stanch init` has to be told: by options, by somebody at a terminal, or by what is usual."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from getpass import getuser

from stanch.cli.failures import Misuse
from stanch.playbooks.problems import instead_of
from stanch.sources.registry import SOURCES

_ROLES = ("responder", "approver")
_SOURCE = "alertmanager"


@dataclass(frozen=True)
class InitOptions:
    """What was said on the command line."""

    vendors: Sequence[str] = ()
    tokens: Sequence[str] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    """By vendor and field, such as `aws.region`."""
    apps: Sequence[str] = ()
    bases: Mapping[str, str] = field(default_factory=dict)
    alerts: Sequence[str] = ()
    decides: Sequence[str] = ()


@dataclass(frozen=True)
class Questions:
    """How what was not said is found out."""

    asks: bool
    takes_usual: bool

    def answer(self, question: str, usual: str = "") -> str:
        """What somebody types, or what is usual; empty where there is neither."""
        if not self.asks:
            return usual
        shown = f"{question} [{usual}] " if usual else f"{question} "
        try:
            return input(shown).strip() or usual
        except KeyboardInterrupt:
            sys.stderr.write("\nstanch: nothing was written\n")
            raise

    def words(self, question: str, usual: str = "") -> list[str]:
        """The same as a list: `ana, sam` and `ana sam` are the same two."""
        return [word for word in re.split(r"[,\s]+", self.answer(question, usual)) if word]


def refuse_unasked(options: InitOptions, questions: Questions, *, needs_token: bool) -> None:
    """Raise where something was not said, nobody can be asked, and what is usual was not wished for."""
    if questions.asks or questions.takes_usual:
        return
    said = {
        "--vendor NAME": options.vendors,
        "--token-from VARIABLE": options.tokens or not needs_token,
        "--alerts SOURCE": options.alerts,
        "--decides NAME": options.decides,
    }
    missing = [option for option, given in said.items() if not given]
    if missing:
        raise Misuse(
            f"nobody can be asked here: give {', '.join(missing)}; or --yes, which takes what is usual"
        )


def sources(options: InitOptions, questions: Questions) -> list[str]:
    """Who sends alerts."""
    names = options.alerts or questions.words(f"Who sends alerts? ({', '.join(SOURCES)})", _SOURCE)
    for name in names:
        if name not in SOURCES:
            raise Misuse(
                f"Stanch knows no alert source {name}. {instead_of(name, SOURCES, kind='sources are')}"
            )
    return list(dict.fromkeys(names))


def people(options: InitOptions, questions: Questions) -> dict[str, tuple[str, ...]]:
    """Who decides, each with their roles: `ana`, or `ana=responder,on-call`."""
    me = "".join(char for char in getuser() if char.isalnum()) or "me"
    said = options.decides or questions.answer("Who decides? (ana sam=responder,on-call)", me).split()
    found: dict[str, tuple[str, ...]] = {}
    for text in said:
        name, _, roles = text.partition("=")
        found[name] = tuple(role for role in roles.split(",") if role) or _ROLES
    return found
