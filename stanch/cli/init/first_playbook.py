"""The playbook of a first set-up: what to do when a site is down, for each kind of service that was found."""

from collections.abc import Sequence

from activities.finding import AppKind
from stanch.cli.init.drafted_services import DraftedService
from stanch.cli.init.yaml_line import yaml_line

_HEAD = """\
# Written by `stanch init`: what to do when the site is down. In shadow it only says what it would do.
# Each option is one sentence: when this is so, do that. The first that holds is taken, then the next;
# `stanch plan SiteDown` shows which. Once you believe it, write mode: approve here and in stanch.yaml.
severities:
  critical: {rank: critical, escalate: [{after: 30m, to: everybody}]}

scenarios:
"""
_SCENARIO = """\
  NAME:
    opens_on: OPENING
    severity: critical
    mode: shadow
    evidence:
      vendors: {uses: status.pages}     # of the hosting, and of everybody under depends_on
      health: {uses: probe}             # every address under health
      release: {uses: RELEASES}
    look_at: health
    options:
      - {name: vendor-down, when: vendors.is_down, hold: "${vendors.said}"}
      - {name: roll-back, when: release.is_suspect, uses: ROLL_BACK}     # it went out right before
      - {name: roll-back-recent, when: release.age < 2h, uses: ROLL_BACK}
RESTART    verify: {uses: probe, every: 30s, stays_good_for: 15m}
    otherwise: {escalate: everybody, say: Nothing in the playbook helped}
"""
_RESTART = """\
      - {name: restart, uses: restart}     # one copy at a time; left out where there is nothing to restart
"""


def first_playbook(alerts: Sequence[str], services: Sequence[DraftedService]) -> str:
    """The scenarios; each names its services where there are several kinds of them."""
    kinds = list(dict.fromkeys(one.app.kind for one in services if one.is_whole)) or [None]
    scenarios = []
    for kind in kinds:
        names = [one.app.name for one in services if one.is_whole and one.app.kind == kind]
        opening = {"alert": list(alerts), **({"service": names} if len(kinds) > 1 else {})}
        scenarios.append(_scenario(kind, yaml_line(opening)))
    return _HEAD + "\n".join(scenarios)


def _scenario(kind: AppKind | None, opening: str) -> str:
    words = {
        "NAME": f"{kind.name}-down" if kind else "site-down",
        "OPENING": opening,
        "RELEASES": kind.releases if kind else "releases",
        "ROLL_BACK": kind.roll_back if kind else "roll_back",
        "RESTART": "" if kind else _RESTART,
    }
    text = _SCENARIO
    for word, said in words.items():
        text = text.replace(word, said)
    return text
