"""Which vendors `stanch init` looks at, and as whom: by a token, or by what this machine has."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from activities.finding import AccountFinder
from activities.integration import Integration
from activities.registry import integrations
from stanch.cli.failures import Misuse
from stanch.cli.init.asking import InitOptions, Questions
from stanch.masking import masked
from stanch.model.secret import REFERENCES
from stanch.model.team import Provider
from stanch.playbooks.problems import instead_of

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")


@dataclass(frozen=True)
class VendorWish:
    """A vendor that shall be looked at, and where its credential is kept."""

    integration: Integration
    finder: AccountFinder
    reference: str = ""
    """Empty where no token is needed, or the machine's own credentials are used."""
    base_url: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    """The vendor's own settings, such as a region."""

    @property
    def name(self) -> str:
        """As `providers:` has it."""
        return self.integration.name

    @property
    def settings(self) -> dict[str, str]:
        """What stands of it under `providers:`."""
        said = {"token": self.reference, "base_url": self.base_url, **self.fields}
        return {name: text for name, text in said.items() if text}


def needs_token(names: Sequence[str]) -> bool:
    """Whether any of these can be looked at only with a token."""
    known = _known()
    return any(name not in known or known[name].finder.needs_token for name in names)


def wishes(options: InitOptions, questions: Questions, folder: Path) -> list[VendorWish]:
    """The vendors to look at, each with where its credential is kept."""
    known = _known()
    usual = " ".join(_left_here(known.values(), folder))
    names = options.vendors or questions.words(f"Which vendors? ({', '.join(known)})", usual)
    if not names:
        raise Misuse(f"no vendor is named: give --vendor NAME; `stanch init` can look at {', '.join(known)}")
    for name in names:
        if name not in known:
            raise Misuse(
                f"`stanch init` cannot look at {name}. {instead_of(name, known, kind='vendors are')}"
            )
    _refuse_settings_of_others(options.settings, names)
    return [_wish(known[name], options, questions, alone=len(names) == 1) for name in dict.fromkeys(names)]


def _known() -> dict[str, VendorWish]:
    """Every vendor that can be looked at; nothing is wished of it yet."""
    return {one.name: VendorWish(one, one.finder) for one in integrations() if one.finder}


def _wish(bare: VendorWish, options: InitOptions, questions: Questions, *, alone: bool) -> VendorWish:
    name, finder, base_url = bare.name, bare.finder, options.addresses.get(bare.name, "")
    if not finder.takes_token:
        base_url = base_url or questions.answer(f"Where is {name} reached? (https://…)")
        if not base_url:
            raise Misuse(f"where {name} is reached was not said: give --base-url {name}=URL")
    text = _token(bare, options, questions, alone=alone) if finder.takes_token else ""
    said = _own_fields(bare, options.settings)
    for setting, variable in finder.asks.items():
        usual = os.environ.get(variable, "")
        said[setting] = said.get(setting) or questions.answer(f"Which {setting} of {name}?", usual)
    tokenless = {} if text else dict(finder.tokenless or {})
    reference = reference_of(text) if text or finder.needs_token else ""
    return VendorWish(bare.integration, finder, reference, base_url, {**tokenless, **said})


def _token(one: VendorWish, options: InitOptions, questions: Questions, *, alone: bool) -> str:
    """Where its token is kept; empty where the machine's own credentials are to be used."""
    given = dict(token.partition("=")[::2] for token in options.tokens if "=" in token)
    bare = [token for token in options.tokens if "=" not in token]
    if bare and not alone:
        raise Misuse(f"there are several vendors: say whose token it is, --token-from {one.name}=VARIABLE")
    said = given.get(one.name) or next(iter(bare), "")
    return said or questions.answer(*_question(one))


def _question(one: VendorWish) -> tuple[str, str]:
    """What is asked, and what is usual."""
    credential, asked = one.integration.credential, f"Which variable or file holds a token of {one.name}?"
    if one.finder.needs_token:
        made_by = credential.made_by.format(name="APP") if credential else ""
        return f"{asked} (made with: {made_by})", one.finder.variable
    settings = Provider.model_validate(one.finder.tokenless or {})
    otherwise = credential.keyless(settings) if credential else ""
    return f"{asked} (nothing: {otherwise})", ""


def _own_fields(one: VendorWish, settings: Mapping[str, str]) -> dict[str, str]:
    """What was said of it with --setting; what it does not know is refused with what it does."""
    split = {name: name.partition(".")[2] for name in settings if name.partition(".")[0] == one.name}
    for name in split.values():
        if name not in one.integration.settings:
            known = instead_of(name, one.integration.settings, kind="its settings are")
            raise Misuse(f"{one.name} has no setting {name}. {known}")
    return {field: settings[name] for name, field in split.items()}


def _refuse_settings_of_others(settings: Mapping[str, str], names: Sequence[str]) -> None:
    for name in settings:
        if name.partition(".")[0] not in names:
            raise Misuse(
                f"--setting {name} is of no vendor that is named; write --setting {names[0]}.FIELD=VALUE"
            )


def _left_here(known: Iterable[VendorWish], folder: Path) -> list[str]:
    """The vendors whose own tools have left something in this folder; else those whose token is set."""
    every = list(known)
    files = [one.name for one in every if any((folder / name).exists() for name in one.finder.files)]
    return files or [one.name for one in every if os.environ.get(one.finder.variable)]


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
