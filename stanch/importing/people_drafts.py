"""Whom and what a document names for the catalogue: people, contacts, dashboards, vendors' status pages."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from stanch.importing.commands.requests import host_of, is_status_page
from stanch.importing.document import BlockKind, DocumentBlock, plain_text
from stanch.importing.drafted import DraftEntry
from stanch.importing.invocation import is_placeholder
from stanch.importing.outline import DocumentSection

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"\+?\d[\d ()./-]{6,}\d")
_OFFICES = re.compile(
    r"(?:support|help|helpdesk|sales|security|abuse|info|contact|noc|oncall|team|ops)\b", re.IGNORECASE
)
_URL = re.compile(r"https?://[^\s)>\"'`\]]+")
_LINKED = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<to>https?://[^)\s]+)\)")
_CONTACTS = re.compile(r"contacts?\b|external support|vendor support", re.IGNORECASE)
_OWN_PAGE = re.compile(r"^status ?page\b", re.IGNORECASE)
_LINKS = re.compile(r"dashboards?|resources|monitoring|links", re.IGNORECASE)


@dataclass
class PeopleDraft:
    """Everybody and everything that is named."""

    contacts: dict[str, DraftEntry] = field(default_factory=dict)
    people: dict[str, DraftEntry] = field(default_factory=dict)
    """Addresses of persons, by their names."""
    links: dict[str, DraftEntry] = field(default_factory=dict)
    pages: dict[str, DraftEntry] = field(default_factory=dict)


def people_of(sections: Iterable[DocumentSection]) -> PeopleDraft:
    """What the whole document names."""
    found = PeopleDraft()
    for section in sections:
        for block in section.blocks:
            _pages(block, found)
            if _CONTACTS.search(section.path):
                _contact(block, found)
            elif _LINKS.search(section.path):
                found.links |= {name: entry for name, entry in _links(block) if name not in found.links}
    return found


def _pages(block: DocumentBlock, found: PeopleDraft) -> None:
    hosts = re.findall(r"(?<![\w.@/-])(?:status\.[\w-]+(?:\.[\w-]+)+|www\.[\w-]+status\.\w+)", block.text)
    for address in (*_URL.findall(block.text), *hosts):
        host = host_of(address)
        own = _OWN_PAGE.search(block.plain) or host.startswith(("downforeveryone", "manage."))
        if is_status_page(address) and not own:
            found.pages.setdefault(page_name(host), DraftEntry({"url": f"https://{host}"}, block.line))


def page_name(host: str) -> str:
    """`status.stripe.example` is stripe's."""
    words = [word for word in host.split(".")[:-1] if word not in ("www", "status", "statuspage")]
    name = (words[0] if words else host).removesuffix("status")
    return {"flyio": "fly"}.get(name, name)


def _contact(block: DocumentBlock, found: PeopleDraft) -> None:
    name, value = _named(block)
    if not name or not value or is_placeholder(value):
        return
    email = _EMAIL.search(value)
    if email and not _OFFICES.match(email[0]):
        found.people[_short(name)] = DraftEntry({"email": email[0]}, block.line)
    elif _PHONE.fullmatch(value):
        found.people[_short(name)] = DraftEntry({}, block.line)
    else:
        found.contacts[name] = DraftEntry(value, block.line)


def _named(block: DocumentBlock) -> tuple[str, str]:
    """`**Fly.io**: community` and the first two cells of a row."""
    if block.kind is BlockKind.ROW:
        cells = block.cells
        return ("", "") if block.header or len(cells) < len(("who", "how")) else (cells[0], cells[1])
    found = re.match(r"\*\*(?P<name>[^*]+?):?\*\*\s*:?\s*(?P<value>.+)", block.text)
    return (plain_text(found["name"]), plain_text(found["value"])) if found else ("", "")


def _short(name: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", re.sub(r"\([^)]*\)", "", name).lower())[:4]) or "somebody"


def _links(block: DocumentBlock) -> Iterator[tuple[str, DraftEntry]]:
    for linked in _LINKED.finditer(block.text):
        yield plain_text(linked["text"]), DraftEntry(linked["to"], block.line)
    name, _ = _named(block)
    address = _URL.search(block.text)
    if name and address and not _LINKED.search(block.text):
        yield name, DraftEntry(address[0], block.line)


def without_people(text: str, people: PeopleDraft) -> str:
    """A text in which a person is named and not addressed."""
    names = {entry.written.get("email"): name for name, entry in people.people.items()}

    def named(found: re.Match[str]) -> str:
        return found[0] if _OFFICES.match(found[0]) else names.get(found[0], "(an address)")

    return _EMAIL.sub(named, text)
