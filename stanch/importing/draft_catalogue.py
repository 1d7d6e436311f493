"""What `stanch.yaml` needs for a draft, as comments: services, metrics, people, addresses."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from stanch.importing.commands.requests import FILL_IN, host_of
from stanch.importing.draft_lines import DraftLines
from stanch.importing.drafted import DraftEntry, ScenarioDraft
from stanch.importing.meaning import ServicePlace
from stanch.importing.places import NOWHERE
from stanch.importing.playbook_draft import PlaybookDraft

_PROVIDERS: dict[str, dict[str, Any]] = {
    "fly": {"token": "env:FLY_API_TOKEN"},
    "heroku": {"token": "env:HEROKU_API_KEY"},
    "vercel": {"token": "env:VERCEL_TOKEN"},
    "netlify": {"token": "env:NETLIFY_TOKEN"},
    "aws": {"region": "eu-central-1"},
    "cloudflare": {"token": "env:CLOUDFLARE_TOKEN"},
    "firebase": {"token": "env:GOOGLE_KEY"},
    "firestore": {"token": "env:GOOGLE_KEY"},
    "github": {"token": "env:GITHUB_TOKEN"},
    "prometheus": {"base_url": "https://prometheus.example"},
    "postgres": {"databases": {"main": {"url": "env:DATABASE_URL"}}},
    "stripe": {"token": "env:STRIPE_API_KEY"},
    "redis": {"instances": {"cache": {"url": "env:REDIS_URL"}}},
}
_PARTS = {
    "database": {"provider": "postgres", "database": "main"},
    "cache": {"provider": "redis", "instance": "cache"},
    "payments": {"provider": "stripe", "account": "main"},
    "documents": {"provider": "firestore", "project": "fill-in"},
}
_METRIC = re.compile(r"\bmetrics\.(?P<name>\w+)(?P<usual>\.usual)?")


@dataclass(frozen=True)
class CatalogueText:
    """The lines at the end of a draft."""

    draft: PlaybookDraft
    lines: DraftLines

    def commented(self) -> Iterator[str]:
        """Every line as a comment; without `# ` it is a catalogue that the draft loads with."""
        yield "# For stanch.yaml, to be taken over where it fits:"
        yield from (f"# {line}".rstrip() for line in self._all())

    def _all(self) -> Iterator[str]:
        lines, draft = self.lines, self.draft
        providers = {name: DraftEntry(_PROVIDERS[name], 0) for name in self._providers if name in _PROVIDERS}
        yield from lines.mapping(0, "providers", providers)
        yield from lines.mapping(0, "status_pages", draft.people.pages)
        yield "services:"
        for name, places in draft.places.by_name.items():
            yield from self._service(name, places)
        for part in self._parts:
            yield f"  {part}:"
            yield f"    runs_on: {lines.flow(_PARTS[part])}"
        yield from self._people()
        yield from lines.mapping(0, "contacts", draft.people.contacts)
        yield from lines.mapping(0, "secrets", self._secrets)
        if draft.messages:
            yield "messages: [messages/*.txt]"

    def _service(self, name: str, places: tuple[ServicePlace, ...]) -> Iterator[str]:
        lines, draft = self.lines, self.draft
        yield f"  {lines.flow(name)}:"
        if NOWHERE in places:
            yield "    # no command says where it runs: write it here"
        for index, place in enumerate(places):
            runs_on = {"provider": place.provider, **place.fields}
            yield f"    {'# or ' if index else ''}runs_on: {lines.flow(runs_on)}"
        own = [scenario for scenario in draft.scenarios if scenario.service == name]
        said = str([scenario.__dict__ for scenario in own])
        if "github." in said:
            yield "    also_on: [{provider: github, repository: fill-in/fill-in}]"
        yield from self._addresses(name)
        is_asked = name in draft.addresses.base or name in draft.addresses.health
        if draft.people.pages and own and (is_asked or name == draft.places.default):
            yield f"    depends_on: {lines.flow([*draft.people.pages])}"
        if self._parts and own:
            yield f"    parts: {lines.flow({part: part for part in self._parts})}"
        yield from lines.mapping(4, "switches", _switches(own))
        yield from lines.mapping(4, "metrics", self._metrics_of(name))
        if name == draft.places.default:
            yield from lines.mapping(4, "links", draft.people.links)

    def _addresses(self, name: str) -> Iterator[str]:
        addresses = self.draft.addresses
        base, bearer = addresses.base.get(name), addresses.bearers.get(name)
        if base is None and self._metrics_of(name):
            yield f"    base: https://{name}{FILL_IN}"
        if base:
            shown = {"url": base.written, "bearer": bearer.written} if bearer else base.written
            yield self.lines.line(4, f"base: {self.lines.flow(shown)}", bearer.line if bearer else base.line)
        known = addresses.health.get(name, {})
        own = addresses.base_host(name)
        asked = [address.partition(own)[2] if host_of(address) == own else address for address in known]
        if asked:
            yield self.lines.line(4, f"health: {self.lines.flow(asked)}", next(iter(known.values())))

    def _people(self) -> Iterator[str]:
        draft = self.draft
        called = [*(name for level in draft.levels for name in level.page), draft.last_called]
        called += [rung.written["to"] for rung in draft.ladder]
        people = {name: DraftEntry({"roles": ["responder", "approver"]}, 0) for name in called}
        people |= draft.people.people
        people.pop("everybody", None)
        return (line for line in self._unmasked("people", people))

    def _unmasked(self, key: str, people: dict[str, DraftEntry]) -> Iterator[str]:
        """Here a person's address is where it belongs."""
        if people:
            yield f"{key}:"
            yield "  # roles and names of the document: write who it is, and how to reach them"
        for name, entry in people.items():
            fields = ", ".join(f"{field}: {_flow(value)}" for field, value in entry.written.items())
            yield self.lines.line(2, f"{self.lines.flow(name)}: {{{fields}}}", entry.line)

    @cached_property
    def _whole(self) -> str:
        """Everything that scenarios and alerts say, to look for what they need."""
        said = [scenario.__dict__ for scenario in self.draft.scenarios]
        return f"{said} {self.draft.alerts} {self.draft.shared}"

    @cached_property
    def _parts(self) -> list[str]:
        vendors = {
            "database": "'postgres.",
            "cache": "'redis.",
            "documents": "'firestore.",
            "payments": "'stripe.",
        }
        return [
            part
            for part in _PARTS
            if f"'target': '{part}'" in self._whole or f"'uses': {vendors[part]}" in self._whole
        ]

    @property
    def _providers(self) -> list[str]:
        places = (place.provider for each in self.draft.places.by_name.values() for place in each[:1])
        parts = (_PARTS[part]["provider"] for part in self._parts)
        more = (name for name in ("github", "postgres", "redis") if f"'uses': '{name}." in self._whole)
        usual = ("prometheus",) if ".usual" in self._whole else ()
        return list(dict.fromkeys((*places, *parts, *more, *usual)))

    def _metrics_of(self, service: str) -> dict[str, DraftEntry]:
        """A number for each that an alert speaks of; where it is measured only the team knows."""
        found: dict[str, DraftEntry] = {}
        for alert in self.draft.alerts.values():
            if service not in alert.written.get("service", [self.draft.places.default]):
                continue
            for spoken in _METRIC.finditer(str(alert.written)):
                name = spoken["name"]
                unit = {"in": "s"} if re.search(r"p\d\d$", name) else {}
                here = {"uses": "metrics.http", "with": {"url": "/metrics", "pick": name}}
                kept = {"uses": "prometheus.query", "with": {"query": name}}
                found[name] = DraftEntry(
                    {**(kept if ".usual" in str(alert.written) else here), **unit}, alert.line
                )
        return found

    @property
    def _secrets(self) -> dict[str, DraftEntry]:
        keys = re.findall(r"'secret': '(\w+)'", self._whole)
        bearers = [entry.written for entry in self.draft.addresses.bearers.values()]
        return {key: DraftEntry(f"env:{key}", 0) for key in dict.fromkeys((*keys, *bearers))}


def _switches(scenarios: Iterable[ScenarioDraft]) -> dict[str, DraftEntry]:
    """Every switch that these turn."""
    found: dict[str, DraftEntry] = {}
    for switch in (switch for scenario in scenarios for switch in scenario.switches):
        values = {key: value for key, value in (("on", switch.on), ("off", switch.off)) if value is not None}
        target = {"target": switch.target} if switch.target else {}
        written = {"uses": switch.uses, "with": dict(switch.arguments), **target, **values}
        found.setdefault(switch.name, DraftEntry(written, 0))
    return found


def _flow(value: Any) -> str:
    return f"[{', '.join(value)}]" if isinstance(value, list) else str(value)
