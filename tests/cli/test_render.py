"""`stanch render`: the playbook that people follow by hand."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stanch.cli.app import app

TEAM = """
services: {backend: {runs_on: {provider: fly, app: shop-web}, health: https://api.shop.example/healthz}}
playbooks: [shop.yaml]
"""
PLAYBOOK = """
scenarios:
  down:
    opens_on: SiteDown
    evidence: {release: {uses: fly.releases}}
    options: [{when: release.age < 2h, uses: roll_back, approval: two}]
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    (tmp_path / "shop.yaml").write_text(PLAYBOOK)
    (tmp_path / "stanch.yaml").write_text(TEAM)
    return str(tmp_path / "stanch.yaml")


def test_a_playbook_is_written_as_markdown_with_the_vendors_own_verb(config: str) -> None:
    said = CliRunner().invoke(app, ["render", "shop", "--config", config])

    assert said.exit_code == 0
    assert said.output.startswith("# shop\n\n## down of backend\n")
    assert "When `release.age` is under 2 h, do roll_back (`fly.roll_back` of `fly:shop-web`)" in said.output
    assert "   - `fly.roll_back`: Every machine back on the image of" in said.output


def test_machines_get_the_same_as_one_document(config: str) -> None:
    said = CliRunner().invoke(app, ["render", "--config", config, "--json"])

    (runbook,) = json.loads(said.output)["runbooks"]
    assert runbook["playbook"] == "shop"
    assert runbook["chapters"][0]["sections"][0]["title"] == "When it opens"


def test_a_playbook_that_is_not_there_is_refused(config: str) -> None:
    said = CliRunner().invoke(app, ["render", "shoop", "--config", config])

    assert said.exit_code != 0
    assert "there is no playbook shoop" in said.output + said.stderr


def test_a_command_stands_where_nothing_has_to_be_read_before_it_is_typed(config: str) -> None:
    playbook = PLAYBOOK.replace("uses: roll_back, approval: two", "uses: aws.restart, target: jobs")
    folder = Path(config).parent
    jobs = "  jobs: {runs_on: {provider: aws, service: jobs, cluster: shop, region: eu-west-1}}\n"
    backend = (
        "  backend: {runs_on: {provider: fly, app: shop-web}, health: https://api.shop.example/healthz}\n"
    )
    (folder / "stanch.yaml").write_text(f"services:\n{jobs}{backend}playbooks: [shop.yaml]\n")
    (folder / "shop.yaml").write_text(playbook.replace("SiteDown", "{alert: SiteDown, service: backend}"))

    said = CliRunner().invoke(app, ["render", "--config", config])

    assert "aws ecs update-service" in said.output
    assert "--service jobs --force-new-deployment" in said.output
