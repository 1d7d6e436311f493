"""The two files of a first set-up: `stanch.yaml`, and one playbook in shadow."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from activities.integration import Integration
from activities.status_pages.known import KNOWN
from stanch.cli.init.drafted_services import DraftedService
from stanch.cli.init.first_playbook import first_playbook
from stanch.cli.init.look_around import VendorSight
from stanch.cli.init.yaml_line import yaml_line

PLAYBOOK = "playbooks/site-down.yaml"
_USUAL = ("SiteDown", "HealthCheckFailing")
_OUTAGE = re.compile(r"down|unhealthy|health|unavailable|unreachable|probe|absent|outage|5xx", re.IGNORECASE)
_MADE_BY_UP = "alertmanager"


@dataclass(frozen=True)
class FirstSetup:
    """Everything that is written down."""

    sights: Sequence[VendorSight]
    services: Sequence[DraftedService]
    people: Mapping[str, Sequence[str]]
    sources: Sequence[str]
    pages: Mapping[str, str]

    @property
    def alerts(self) -> list[str]:
        """Every alert that was found."""
        return list(dict.fromkeys(name for sight in self.sights for name in sight.found.alerts))

    @property
    def unopened(self) -> list[str]:
        """The alerts that were found, and that do not sound like an outage."""
        return [name for name in self.alerts if not _OUTAGE.search(name)]

    def playbook(self) -> str:
        """A scenario for each kind of service, opened by what sounds like an outage."""
        outages = [name for name in self.alerts if _OUTAGE.search(name)]
        text = first_playbook(list(dict.fromkeys((*_USUAL, *outages))), self.services)
        if self.unopened:
            text += f"# Found, and opening nothing yet: {yaml_line(self.unopened)}\n"
        return text

    def catalogue(self) -> str:
        """The whole `stanch.yaml`."""
        parts = (
            self._head(),
            self._providers(),
            self._pages(),
            self._services(),
            self._people(),
            self._sources(),
        )
        return "\n".join("\n".join(part) + "\n" for part in map(list, parts) if part)

    def _head(self) -> Iterator[str]:
        names = ", ".join(sight.wish.name for sight in self.sights)
        yield f"# Written by `stanch init` from what {names} showed. Read it, and change what is wrong."
        yield "# `stanch check` says what would not work. Secrets are named here, and never written."
        yield ""
        yield "mode: shadow    # the most that any playbook may do; approve: it asks before each change"
        yield f"playbooks: [{PLAYBOOK.rpartition('/')[0]}/*.yaml]"

    def _providers(self) -> Iterator[str]:
        yield "providers:"
        for sight in self.sights:
            wish = sight.wish
            written = dict(wish.settings)
            if page := _page_of(wish.integration):
                written["status_page"] = page
            yield f"  {wish.name}: {yaml_line(written)}"
            yield from (f"  # {' '.join(why.split())}" for why in sight.found.unread)

    def _pages(self) -> Iterator[str]:
        if self.pages:
            yield "status_pages:"
        for name, url in self.pages.items():
            yield f"  {yaml_line(name)}: {yaml_line({'url': url})}"

    def _services(self) -> Iterator[str]:
        whole = [service for service in self.services if service.is_whole]
        yield "services:" if whole else "services: {}"
        for service in sorted(self.services, key=lambda one: not one.is_whole):
            yield from service.lines()
        if not self.services:
            yield "  # No app was found. Write each as docs/stanch-yaml.md shows:"
            yield "  # NAME: {runs_on: {provider: fly, app: APP}, base: https://NAME.example, health: /}"

    def _people(self) -> Iterator[str]:
        yield "people:"
        for name, roles in self.people.items():
            yield f"  {yaml_line(name)}: {yaml_line({'roles': list(roles)})}"
        yield "  # `stanch up` makes a token for whoever starts it. Where more people decide, each has one:"
        yield "  # token: env:STANCH_TOKEN_ANA, made with: openssl rand -hex 32"

    def _sources(self) -> Iterator[str]:
        if list(self.sources) == [_MADE_BY_UP]:
            yield "# Alertmanager may send: `stanch up` makes its token and says where. A token of your own:"
            yield "# sources: {alertmanager: {token: env:STANCH_ALERTMANAGER_TOKEN}}"
            return
        yield "sources:"
        for name in self.sources:
            yield f"  {name}: {yaml_line({'token': f'env:STANCH_{name.upper()}_TOKEN'})}"


def _page_of(integration: Integration) -> str:
    """The hosting's own status page, where it is known; an outage of who only watches holds up nothing."""
    runs_apps = bool(integration.verbs)
    return integration.name if runs_apps and integration.name in KNOWN else ""
