"""What `stanch init` has to be told: by options, by somebody at a terminal, or by what is usual."""

import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from getpass import getuser
from pathlib import Path

from activities.integration import Integration
from activities.registry import integrations
from stanch.cli.failures import Misuse
from stanch.masking import masked
from stanch.model.team import REFERENCES
from stanch.playbooks.problems import instead_of
from stanch.sources.registry import SOURCES

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_ROLES = ("responder", "approver")
_SOURCE = "alertmanager"


@dataclass(frozen=True)
class VendorWish:
    """A vendor that shall be looked at, and where its credential is kept."""

    integration: Integration
    reference: str
    """Empty where none is needed."""
    base_url: str = ""

    @property
    def name(self) -> str:
        """As `providers:` has it."""
        return self.integration.name


@dataclass(frozen=True)
class InitOptions:
    """What was said on the command line."""

    vendors: Sequence[str] = ()
    tokens: Sequence[str] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
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


def refuse_unasked(options: InitOptions, questions: Questions) -> None:
    """Raise where something was not said, nobody can be asked, and what is usual was not wished for."""
    if questions.asks or questions.takes_usual:
        return
    said = {
        "--vendor NAME": options.vendors,
        "--token-from VARIABLE": options.tokens or not any(map(_takes_token, options.vendors)),
        "--alerts SOURCE": options.alerts,
        "--decides NAME": options.decides,
    }
    missing = [option for option, given in said.items() if not given]
    if missing:
        raise Misuse(
            f"nobody can be asked here: give {', '.join(missing)}; or --yes, which takes what is usual"
        )


def vendors(options: InitOptions, questions: Questions, folder: Path) -> list[VendorWish]:
    """The vendors to look at, each with where its credential is kept."""
    known = {one.name: one for one in integrations() if one.finder}
    usual = " ".join(_left_here(known.values(), folder))
    names = options.vendors or questions.words(f"Which vendors? ({', '.join(known)})", usual)
    if not names:
        raise Misuse(f"no vendor is named: give --vendor NAME; `stanch init` can look at {', '.join(known)}")
    for name in names:
        if name not in known:
            raise Misuse(
                f"`stanch init` cannot look at {name}. {instead_of(name, known, kind='vendors are')}"
            )
    return [_wish(known[name], options, questions, alone=len(names) == 1) for name in dict.fromkeys(names)]


def _wish(one: Integration, options: InitOptions, questions: Questions, *, alone: bool) -> VendorWish:
    base_url = options.addresses.get(one.name, "")
    if not _takes_token(one.name):
        base_url = base_url or questions.answer(f"Where is {one.name} reached? (https://…)")
        if not base_url:
            raise Misuse(f"where {one.name} is reached was not said: give --base-url {one.name}=URL")
        return VendorWish(one, "", base_url)
    given = dict(token.partition("=")[::2] for token in options.tokens if "=" in token)
    bare = [token for token in options.tokens if "=" not in token]
    if bare and not alone:
        raise Misuse(f"there are several vendors: say whose token it is, --token-from {one.name}=VARIABLE")
    made_by = one.credential.made_by.format(name="APP") if one.credential else ""
    question = f"Which variable or file holds a token of {one.name}? (made with: {made_by})"
    text = given.get(one.name) or next(iter(bare), "")
    return VendorWish(one, reference_of(text or questions.answer(question, _variable(one))), base_url)


def _left_here(known: Iterable[Integration], folder: Path) -> list[str]:
    """The vendors whose own tools have left something in this folder; else those whose token is set."""
    files = [
        one.name for one in known if one.finder and any((folder / name).exists() for name in one.finder.files)
    ]
    return files or [one.name for one in known if one.finder and os.environ.get(one.finder.variable)]


def _variable(one: Integration) -> str:
    return one.finder.variable if one.finder else ""


def _takes_token(name: str) -> bool:
    found = [one for one in integrations() if one.name == name]
    return not found or bool(_variable(found[0]))


def reference_of(text: str) -> str:
    """`env:NAME` or `file:PATH`, of a variable's name or a file; what may be a token is never repeated."""
    kind, bare = next(
        ((one, text.removeprefix(one)) for one in REFERENCES if text.startswith(one)), ("", text)
    )
    is_name = (_VARIABLE.fullmatch(bare) or bare in os.environ) and masked(bare) == bare
    if is_name and kind != "file:":
        return f"env:{bare}"
    if bare and kind != "env:" and Path(bare).is_file():
        return f"file:{Path(bare).absolute()}"
    raise Misuse(
        "what was given for a token is neither a variable's name nor a file that is there. A token itself is"
        " never written down: export it, and give the variable's name, --token-from FLY_API_TOKEN"
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
