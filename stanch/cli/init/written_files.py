"""The two files of a first set-up: `stanch.yaml`, and one playbook in shadow."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from activities.integration import Integration
from activities.status_pages.known import KNOWN
from stanch.cli.init.drafted_services import DraftedService
from stanch.cli.init.look_around import VendorSight
from stanch.cli.init.yaml_line import yaml_line

PLAYBOOK = "playbooks/site-down.yaml"
_USUAL = ("SiteDown", "HealthCheckFailing")
_OUTAGE = re.compile(r"down|unhealthy|health|unavailable|unreachable|probe|absent|outage|5xx", re.IGNORECASE)
_MADE_BY_UP = "alertmanager"

_SCENARIO = """\
# Written by `stanch init`: what to do when the site is down. In shadow it only says what it would do.
# Each option is one sentence: when this is so, do that. The first that holds is taken, then the next;
# `stanch plan SiteDown` shows which. Once you believe it, write mode: approve here and in stanch.yaml.
severities:
  critical: {rank: critical, escalate: [{after: 30m, to: everybody}]}

scenarios:
  site-down:
    opens_on: {alert: ALERTS}
    severity: critical
    mode: shadow
    evidence:
      vendors: {uses: status.pages}     # of the hosting, and of everybody under depends_on
      health: {uses: probe}             # every address under health
      release: {uses: releases}
    look_at: health
    options:
      - {name: vendor-down, when: vendors.is_down, hold: "${vendors.said}"}
      - {name: roll-back, when: release.is_suspect, uses: roll_back}     # it went out right before
      - {name: roll-back-recent, when: release.age < 2h, uses: roll_back}
      - {name: restart, uses: restart}     # one copy at a time; left out where there is nothing to restart
    verify: {uses: probe, every: 30s, stays_good_for: 15m}
    otherwise: {escalate: everybody, say: Nothing in the playbook helped}
"""


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
        """The scenario, opened by what sounds like an outage."""
        outages = [name for name in self.alerts if _OUTAGE.search(name)]
        text = _SCENARIO.replace("ALERTS", yaml_line(list(dict.fromkeys((*_USUAL, *outages)))))
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
