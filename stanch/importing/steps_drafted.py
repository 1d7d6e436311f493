"""What is done, as an option of a playbook: by a command, or by a sentence that leaves no doubt."""

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stanch.importing.commands.requests import host_of
from stanch.importing.drafted import DraftEntry
from stanch.importing.meaning import CommandMeaning, MeaningKind, UnderstoodCommand
from stanch.importing.suppositions import Supposition, without_supposition

_SAYINGS: tuple[tuple[str, str, str, Mapping[str, Any], str], ...] = (
    (r"(?:roll ?back|revert)(?: to)?(?: the)? (?:previous|last|earlier)\b.*", "roll_back", "", {}, "one"),
    (
        r"roll ?back (?:the )?(?:deployment|release|application|frontend|service|deploy)\b.*",
        "roll_back",
        "",
        {},
        "one",
    ),
    (r"re(?:start|boot) (?:the )?(?:app\w*|service|api|backend|frontend)s?\b.*", "restart", "", {}, "one"),
    (r"re(?:start|boot) (?:the )?(?:redis|cache)\b.*", "restart", "cache", {}, "two"),
    (r"re(?:start|boot) (?:the )?database\b.*", "restart", "database", {}, "two"),
    (r"(?:clear|purge|invalidate) (?:the )?cdn\b.*", "purge_cache", "", {}, "one"),
    (
        r"scale (?:out|horizontally)\b.*|add (?:more )?(?:instances|machines|copies)\b.*",
        "scale",
        "",
        {"count": "+1"},
        "one",
    ),
    (r"scale (?:up )?(?:application |service )?instances\b.*", "scale", "", {"count": "+1"}, "one"),
    (r"increase (?:\w+ )?memory(?: allocation| limit)?\b.*", "scale", "", {"size": "+1"}, "one"),
)
"""Sentences, and the verb, part, arguments and approval that they mean."""
_NUMBERED = re.compile(r"^(?:\d+[.)]|option \w+:)\s*", re.IGNORECASE)
_WEBHOOK = "https://service.example/api/webhooks/stripe"
_TWO = re.compile(r"\b(?:two|2) (?:people|persons|engineers|approv\w+)", re.IGNORECASE)


@dataclass(frozen=True)
class StepDrafting:
    """How the steps of one scenario are written."""

    service: str
    base: str
    """The host of the service's own address."""

    def option(self, one: UnderstoodCommand, place: str, supposed: Supposition, said: str) -> DraftEntry:
        """An option that does what a command should do."""
        meaning = one.meaning
        written: dict[str, Any] = {"when": supposed.condition} if supposed.condition else {}
        step = self._step(meaning, place)
        written |= {"steps": [self._step(meaning.before, ""), step]} if meaning.before else step
        written["approval"] = "two" if _TWO.search(said) else meaning.approval
        if meaning.then:
            written["then"] = [self._step(meaning.then, "")]
        return DraftEntry(written, one.line, f"{_shown(one)}: {meaning.because}" if meaning.because else "")

    def _step(self, meaning: CommandMeaning, place: str) -> dict[str, Any]:
        given = dict(meaning.arguments)
        if meaning.uses in ("turn_off", "turn_on"):
            return {meaning.uses: given["switch"]}
        if meaning.uses == "set":
            return {"set": {given["switch"]: given["value"]}}
        target = meaning.target or (place if place not in ("", self.service) else "")
        if meaning.uses == "http.call":
            given["url"] = self._relative(given["url"])
        step: dict[str, Any] = {"uses": meaning.uses}
        return step | ({"target": target} if target else {}) | ({"with": given} if given else {})

    def _relative(self, address: str) -> str:
        """From its path on, where the host is the service's own."""
        host = host_of(address)
        return address.partition(host)[2] if self.base and host == self.base else address


def said_option(text: str, line: int, supposed: Supposition, about: str) -> DraftEntry | None:
    """An option that does what a sentence says; None where it says something else, or too much.

    `about` is everything that its section says: a vendor that is not named there is not meant.
    """
    does = without_supposition(text).rstrip(".")
    webhook = _webhook(does, line) if "stripe" in about.lower() else None
    if webhook is not None:
        return webhook
    for words, uses, target, given, approval in _SAYINGS:
        if re.fullmatch(words, does, re.IGNORECASE):
            when: dict[str, Any] = {"when": supposed.condition} if supposed.condition else {}
            step = (
                {"uses": uses}
                | ({"target": target} if target else {})
                | ({"with": dict(given)} if given else {})
            )
            return DraftEntry({**when, **step, "approval": approval}, line)
    return None


def _webhook(text: str, line: int) -> DraftEntry | None:
    """To delete and recreate a webhook loses what comes meanwhile: a second first, then the old one off."""
    if not re.match(r"delete and re-?create the (?:\w+ )?webhook", text, re.IGNORECASE):
        return None
    new, key = {"secret": "WEBHOOK_NEW"}, "STRIPE_WEBHOOK_SECRET"
    then = [
        {"uses": "set_webhook_secret", "with": {"key": key, "value": new}, "approval": "two"},
        {
            "uses": "stripe.disable_webhook_endpoint",
            "target": "payments",
            "with": {"endpoint": _WEBHOOK},
            "approval": "two",
        },
    ]
    given = {"endpoint": _WEBHOOK, "into": new}
    added = {
        "uses": "stripe.add_webhook_endpoint",
        "target": "payments",
        "with": given,
        "approval": "two",
        "then": then,
    }
    return DraftEntry(added, line, "deleted first, there would be a gap; write the address of your own")


def by_hand(do: str, line: int, command: str = "", because: str = "") -> DraftEntry:
    """Something that people do, with the command to type."""
    ends_so = bool(command) and do.endswith(command)
    bare = _NUMBERED.sub("", do.removesuffix(command).rstrip(" :") if ends_so else do)
    said, shown = (text.replace("${", "$${") for text in (bare or "Run this", command))
    return DraftEntry({"do": said, "type": shown} if command else {"do": said}, line, because)


def kind_here(meaning: CommandMeaning, supposed: Supposition, *, looking: bool) -> MeaningKind:
    """What a command becomes where it stands: nothing is changed while one looks, or on an unknown if."""
    doubtful = meaning.kind is MeaningKind.VERB and (looking or supposed.is_unknown)
    return MeaningKind.MANUAL if doubtful else meaning.kind


def _shown(one: UnderstoodCommand) -> str:
    words = itertools.takewhile(lambda word: not word.startswith("-"), one.command.text.split()[:3])
    return " ".join(words).partition("=")[0]
