"""A team's folder beside a sandbox, for commands that read both."""

import json
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from sandbox import Sandbox
from sandbox.fly.keys import FlyKey
from sandbox.vercel.keys import VercelKey
from stanch.cli.app import app

TEAM = """
providers:
  fly: {{token: env:CHECK_FLY, base_url: {url}/fly, status_page: fly}}
  vercel: {{token: env:CHECK_VERCEL, base_url: {url}/vercel}}
status_pages:
  fly: {{url: {url}/status/fly}}
  clerk: {{url: {url}/status/clerk}}
services:
  backend:
    runs_on: {{provider: fly, app: slurpy-backend}}
    health: [{url}/service/backend/healthz]
    depends_on: [clerk]
    owners: [ana]
  shop:
    runs_on: {{provider: vercel, project: my-shop, team: team_sandbox, domain: shop.example}}
people:
  ana: {{roles: [responder, approver, tech-lead], token: env:CHECK_ANA}}
sources:
  alertmanager: {{token: env:CHECK_ALERTS}}
channels:
  inbox: {{webhook: env:CHECK_INBOX}}
playbooks: [playbooks/*.yaml]
mode: auto
"""


PLAYBOOK = """
scenarios:
  site-down:
    opens_on: {alert: [SiteDown, Health*], service: backend}
    severity: critical
    mode: auto
    evidence:
      release: {uses: fly.releases}
      fly: {uses: status.page, with: {page: fly}}
    options:
      - name: vendor-down
        when: fly.is_down
        hold: Fly reports an outage
      - name: roll-back-suspect
        when: release.is_suspect
        uses: fly.roll_back
        approval: nobody
      - name: roll-back-recent
        when: release.age < duration("2h")
        uses: fly.roll_back
        approval: one
    verify: {uses: fly.status}
    otherwise: {escalate: tech-lead, say: Nothing helped}
"""


@dataclass
class Place:
    """A team's folder, its sandbox, and the environment of whoever asks."""

    folder: Path
    sandbox: Sandbox
    url: str
    environment: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sandbox.reset()
        self.environment = {
            "CHECK_FLY": str(FlyKey.ALL),
            "CHECK_VERCEL": str(VercelKey.ALL),
            "CHECK_ANA": "the-token-of-ana-0123456789",
            "CHECK_ALERTS": "the-token-of-alerts-0123456",
            "CHECK_INBOX": f"{self.url}/people/inbox?key=the-key-of-the-inbox",
            "STANCH_CONFIG": str(self.folder / "stanch.yaml"),
            "STANCH_DATA": str(self.folder / "data"),
            "STANCH_DOOR_KEY": None,
            "TEMPORAL_ADDRESS": None,
            "COLUMNS": "80",
        }
        self.write()

    def write(self, team: str = TEAM, playbook: str = PLAYBOOK, extra: str = "") -> None:
        (self.folder / "playbooks").mkdir(exist_ok=True)
        (self.folder / "stanch.yaml").write_text(team.format(url=self.url) + extra)
        (self.folder / "playbooks" / "site.yaml").write_text(playbook)

    def run(self, *words: str, **environment: str | None) -> Result:
        return CliRunner().invoke(app, list(words), env={**self.environment, **environment})

    def rows(self, **environment: str | None) -> dict[str, dict[str, Any]]:
        """What `check` found, by what it is about."""
        result = self.run("check", "--json", **environment)
        document = json.loads(result.stdout)
        grades = {row["grade"] for row in document["checks"]}
        assert document["ok"] == ("failed" not in grades) == (result.exit_code == 0)
        return {row["what"]: row for row in document["checks"]}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
