"""`stanch init` against the sandbox, over real sockets."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from activities.registry import catalogue
from sandbox import Sandbox
from sandbox.aws.scenes import api
from sandbox.cloudflare.scenes import pitchey
from sandbox.faults import Fault, Trouble
from sandbox.firebase.scenes import PROJECT, packs
from sandbox.fly.scenes import slurpy
from sandbox.heroku.scenes import gitquest
from sandbox.prometheus.world import PrometheusWorld
from sandbox.server import serving_in_thread
from sandbox.status_pages import Make
from sandbox.uptimerobot.world import UptimeRobotWorld
from sandbox.vendors import secrets, vendor
from sandbox.vercel.scenes import shop
from stanch.cli.app import app
from stanch.cli.init import look_around
from stanch.playbooks.load import load_book
from tests.cli.conftest import ROOT
from tests.cli.test_terminal import Terminal, terminal

EXPECTED = Path(__file__).parent / "first_setups"
SHOWN = "http://sandbox.example"
TOKENS = {
    "fly": "FLY_API_TOKEN",
    "heroku": "HEROKU_API_KEY",
    "vercel": "VERCEL_TOKEN",
    "cloudflare": "CLOUDFLARE_API_TOKEN",
    "aws": "AWS_KEY_PAIR",
    "firebase": "GOOGLE_KEY",
}
AT = {
    "fly": ("slurpy-backend", "backend", ("fly", "openai", "clerk")),
    "heroku": ("gitquest-backend", "gitquest", ("heroku", "stripe")),
    "vercel": ("my-shop", "shop", ("vercel", "stripe")),
    "cloudflare": ("pitchey-production", "pitchey", ("cloudflare", "sendgrid")),
    "aws": ("api", "api", ("aws", "stripe")),
    "firebase": ("purchasePack", "packs", ("firebase",)),
}
"""The app, the service of the sandbox that runs there, and the status pages that matter to it."""
BESIDE = {"firebase": {"pack-admin": "pack-admin", PROJECT: "pack-site"}}
"""Other apps that are found there, and the services that they are."""
SETTINGS = {"aws": ["--setting=aws.region=eu-west-1"]}
SCENES: dict[str, Callable[[Any], None]] = {
    "fly": slurpy,
    "heroku": gitquest,
    "vercel": shop,
    "cloudflare": pitchey,
    "aws": api,
    "firebase": packs,
}


def sandbox_of(name: str) -> Sandbox:
    sandbox = Sandbox(SCENES[name])
    for page in AT[name][2]:
        if page not in sandbox.status_pages:
            sandbox.add_status_page(page, Make.HEROKU if page == "heroku" else Make.STATUSPAGE, ["API"])
    return sandbox


@dataclass
class Newcomer:
    """Somebody with an account at one vendor, and nothing written yet."""

    name: str
    url: str
    sandbox: Sandbox
    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "stanch.yaml"

    @property
    def words(self) -> list[str]:
        """What is said for this sandbox, and would not have to be said for the vendor itself."""
        one, service, pages = AT[self.name]
        shown = [f"--status-page={page}={self.url}/status/{page}" for page in pages]
        return [
            f"--base-url={self.name}={self.url}/{self.name}",
            *(
                f"--base={app}={self.url}/service/{name}"
                for app, name in {one: service, **BESIDE.get(self.name, {})}.items()
            ),
            *SETTINGS.get(self.name, ()),
            *shown,
            f"--config={self.config}",
            f"--data={self.folder / 'data'}",
        ]

    @property
    def environment(self) -> dict[str, str]:
        return {TOKENS[self.name]: str(vendor(self.name).keys[0]), "COLUMNS": "200", "NO_COLOR": "1"}

    def init(self, *words: str, **environment: str | None) -> Result:
        given = {**self.environment, **environment}
        return CliRunner().invoke(app, ["init", *words, *self.words], env=given)

    def stanch(self, *words: str) -> Result:
        where = ["--config", str(self.config), "--data", str(self.folder / "data")]
        return CliRunner().invoke(app, [*words, *where], env=self.environment)

    def text(self, file: str = "stanch.yaml") -> str:
        return (self.folder / file).read_text().replace(self.url, SHOWN)


@contextmanager
def newcomer(name: str, folder: Path, sandbox: Sandbox | None = None) -> Iterator[Newcomer]:
    world = sandbox or sandbox_of(name)
    world.warm_up()
    with serving_in_thread(world) as url:
        yield Newcomer(name, url, world, folder)


@pytest.fixture(scope="module", params=list(AT))
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A newcomer at each vendor who has just begun, and what they were told."""
    name = str(request.param)
    with newcomer(name, tmp_path_factory.mktemp(name)) as one:
        said = one.init("--vendor", name, "--token-from", TOKENS[name], "--decides", "ana", "--yes", "--json")
        yield one, said


@pytest.fixture
def fly(tmp_path: Path) -> Iterator[Newcomer]:
    with newcomer("fly", tmp_path) as one:
        yield one


def test_what_is_written_is_this(done: tuple[Newcomer, Result]) -> None:
    one, _ = done

    catalogue_text, playbook = one.text(), one.text("playbooks/site-down.yaml")

    own = EXPECTED / f"{one.name}-down.yaml"
    assert catalogue_text == (EXPECTED / f"{one.name}.yaml").read_text()
    assert playbook == (own if own.exists() else EXPECTED / "site-down.yaml").read_text()


def test_it_loads_is_checked_and_found_good(done: tuple[Newcomer, Result]) -> None:
    one, said = done

    document = json.loads(said.stdout)

    assert said.exit_code == 0, document["check"]
    assert document["services"] == [AT[one.name][0], *BESIDE.get(one.name, ())]
    assert document["check"]["ok"] is True
    assert {row["mode"] for row in document["check"]["scenarios"]} == {"shadow"}
    assert {tuple(row["unasked_in_auto"]) for row in document["check"]["scenarios"]} == {()}


def test_the_alert_of_the_bad_release_would_roll_it_back(done: tuple[Newcomer, Result]) -> None:
    one, _ = done

    said = one.stanch("plan", "SiteDown", "--service", AT[one.name][0])

    assert said.exit_code == 0, said.output
    assert f"{one.name}.roll_back" in said.output


def test_nothing_is_changed_and_no_secret_is_written_or_said(done: tuple[Newcomer, Result]) -> None:
    one, said = done

    everything = said.output + one.text() + one.text("playbooks/site-down.yaml")

    assert one.sandbox.ledger.entries == []
    assert not [secret for secret in secrets(one.sandbox) if secret in everything]


def test_a_file_that_is_there_stays_and_the_remedy_is_named(fly: Newcomer) -> None:
    fly.config.write_text("# mine\n")

    said = fly.init("--vendor", "fly", "--decides", "ana", "--yes")

    assert said.exit_code == 1
    assert "stanch.yaml is there already; nothing was written" in said.output
    assert "--force" in said.output
    assert fly.config.read_text() == "# mine\n"
    assert not (fly.folder / "playbooks").exists()


def test_force_writes_over_what_is_there(fly: Newcomer) -> None:
    fly.config.write_text("# mine\n")

    said = fly.init("--vendor", "fly", "--decides", "ana", "--yes", "--force")

    assert said.exit_code == 0, said.output
    assert "slurpy-backend" in fly.text()


def test_where_nobody_can_be_asked_every_missing_option_is_named(fly: Newcomer) -> None:
    said = fly.init()

    assert said.exit_code == 2
    assert "give --vendor NAME, --alerts SOURCE, --decides NAME; or --yes" in said.output
    assert not fly.config.exists()


def test_with_every_question_answered_by_an_option_yes_is_not_needed(fly: Newcomer) -> None:
    said = fly.init(
        "--vendor=fly", "--token-from=FLY_API_TOKEN", "--alerts=alertmanager", "--decides=ana", "--json"
    )

    assert said.exit_code == 0, said.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--vendor", "flyy"], "cannot look at flyy. Did you mean fly?"),
        (["--vendor", "fly", "--alerts", "alertmanger"], "no alert source alertmanger"),
        (["--vendor", "fly", "--app", "slurpy"], "no app slurpy was found; there is slurpy-backend"),
        (["--vendor", "prometheus"], "give --base-url prometheus=URL"),
        (["--vendor", "fly", "--token-from", "fo1_Zm9yIHRoZSBzYW5kYm94IG9ubHk"], "never written down"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_written(
    words: list[str], told: str, fly: Newcomer
) -> None:
    said = fly.init(*words, "--yes")

    assert said.exit_code == 2
    assert told in said.output
    assert "fo1_" not in said.output
    assert not fly.config.exists()


def test_a_vendor_that_refuses_is_said_and_the_files_are_written_all_the_same(fly: Newcomer) -> None:
    said = fly.init("--vendor", "fly", "--decides", "ana", "--yes", FLY_API_TOKEN="nobodys-token-at-all")

    assert "not read: fly: GET /fly/v1/tokens/current answered 401" in said.output
    assert "# No app was found" in fly.text()
    assert "answered 401" in fly.text()
    assert load_book(fly.config, catalogue()).entries == ()


def test_a_token_that_is_not_set_is_said_with_what_to_do(fly: Newcomer) -> None:
    said = fly.init("--vendor", "fly", "--decides", "ana", "--yes", FLY_API_TOKEN=None)

    assert said.exit_code == 1
    assert "not read: env:FLY_API_TOKEN is not set: export FLY_API_TOKEN" in said.output
    assert load_book(fly.config, catalogue())


@pytest.mark.parametrize("name", ["cloudflare", "aws", "firebase"])
@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
def test_whatever_a_vendor_answers_is_one_clear_line_and_both_files_load(
    name: str, status: int, tmp_path: Path
) -> None:
    world = sandbox_of(name)
    world.order(Fault(status=status, path=f"^/{name}/", times=None))

    with newcomer(name, tmp_path, world) as one:
        said = one.init("--vendor", name, "--token-from", TOKENS[name], "--decides=ana", "--yes", "--json")

        document = json.loads(said.stdout)
        assert str(status) in " ".join(document["not_read"][name])
        assert document["services"] == []
        assert load_book(one.config, catalogue()).entries == ()
        assert not [secret for secret in secrets(world) if secret in one.text() + said.stdout]


def test_a_vendor_that_never_answers_is_said_and_the_files_are_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(look_around, "_LONGEST", 0.5)
    world = sandbox_of("cloudflare")
    world.order(Fault(trouble=Trouble.SLOW, path="/v4/accounts$", seconds=3, times=None))

    with newcomer("cloudflare", tmp_path, world) as one:
        words = ("--vendor=cloudflare", f"--token-from={TOKENS['cloudflare']}", "--decides=ana", "--yes")
        said = one.init(*words)

    assert "not read: cloudflare: did not tell all within 0.5 s" in said.output
    assert load_book(one.config, catalogue()).entries == ()


def test_aws_is_looked_at_with_the_machines_own_credentials_where_no_token_is_named(tmp_path: Path) -> None:
    with newcomer("aws", tmp_path) as one:
        identity, _, secret = str(vendor("aws").keys[0]).partition(":")
        found = {"AWS_ACCESS_KEY_ID": identity, "AWS_SECRET_ACCESS_KEY": secret}

        said = one.init("--vendor=aws", "--decides=ana", "--yes", **found)

    assert said.exit_code == 0, said.output
    assert "aws: {base_url: http://sandbox.example/aws, region: eu-west-1, status_page: aws}" in one.text()


def test_google_is_looked_at_as_the_file_says_that_its_own_tools_use(tmp_path: Path) -> None:
    kept = tmp_path / "key.json"
    kept.write_text(str(vendor("firebase").keys[0]))

    with newcomer("firebase", tmp_path) as one:
        said = one.init(
            "--vendor=firebase", "--decides=ana", "--yes", GOOGLE_APPLICATION_CREDENTIALS=str(kept)
        )

    assert said.exit_code == 0, said.output
    assert "identity: default, status_page: firebase}" in one.text()


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("aws.regoin=eu-west-1", "aws has no setting regoin. Did you mean region?"),
        (
            "fly.region=ams",
            "--setting fly.region is of no vendor that is named",
        ),
    ],
)
def test_a_setting_that_nobody_has_is_refused_and_nothing_is_written(
    setting: str, told: str, tmp_path: Path
) -> None:
    words = ["init", "--vendor=aws", f"--setting={setting}", f"--config={tmp_path / 'stanch.yaml'}", "--yes"]

    said = CliRunner().invoke(app, words, env={"COLUMNS": "200"})

    assert said.exit_code == 2
    assert told in said.output
    assert [*tmp_path.iterdir()] == []


def test_what_one_question_is_refused_with_stands_as_a_comment_beside_the_rest(fly: Newcomer) -> None:
    fly.sandbox.order(Fault(status=429, path="/secrets$", times=1))

    said = fly.init("--vendor", "fly", "--decides", "ana", "--yes")

    assert said.exit_code == 0, said.output
    assert (
        "not read: slurpy-backend: fly: GET /fly/v1/apps/slurpy-backend/secrets answered 429" in said.output
    )
    assert "    # fly: GET /fly/v1/apps/slurpy-backend/secrets answered 429" in fly.text()
    assert "runs_on: {provider: fly, app: slurpy-backend}" in fly.text()


def test_alerts_that_sound_like_an_outage_open_the_scenario_and_others_are_named(fly: Newcomer) -> None:
    fly.sandbox.of(PrometheusWorld).alerting_rules = ["BackendDown", "QueueLong"]
    fly.sandbox.of(UptimeRobotWorld).add("slurpy-backend")
    where = [f"--base-url={name}={fly.url}/{name}" for name in ("prometheus", "uptimerobot")]
    every = [f"--vendor={name}" for name in ("fly", "prometheus", "uptimerobot")]

    said = fly.init(
        *every, *where, "--decides=ana", "--yes", UPTIMEROBOT_API_KEY=vendor("uptimerobot").keys[0]
    )

    assert "These alerts open nothing yet: QueueLong" in said.output
    assert "[SiteDown, HealthCheckFailing, BackendDown]" in fly.text("playbooks/site-down.yaml")
    assert "also_on: [{provider: uptimerobot, monitor: slurpy-backend}]" in fly.text()


def test_an_app_of_which_nobody_knows_where_it_is_reached_stands_as_a_comment(fly: Newcomer) -> None:
    said = CliRunner().invoke(
        app,
        [
            "init", "--vendor=fly", f"--base-url=fly={fly.url}/fly", "--base=slurpy-backend=",
            f"--config={fly.config}", f"--data={fly.folder / 'data'}", "--decides=ana", "--yes", "--json",
        ],
        env=fly.environment,
    )  # fmt: skip

    assert json.loads(said.stdout)["left_as_comments"] == ["slurpy-backend"]
    assert "services: {}" in fly.text()
    assert "  #   runs_on: {provider: fly, app: slurpy-backend}" in fly.text()


def test_somebody_at_a_terminal_is_asked_for_each(fly: Newcomer) -> None:
    environment = {**os.environ, **fly.environment, "PYTHONPATH": str(ROOT)}
    words = [word for word in fly.words if not word.startswith("--base=")]

    with terminal(environment, "init", *words) as screen:
        for question, answer in (
            ("Which vendors?", "fly"),
            ("Which variable or file", ""),
            ("Which of them?", ""),
            ("Where do visitors reach slurpy-backend?", f"{fly.url}/service/backend"),
            ("Who sends alerts?", ""),
            ("Who decides?", "ana sam=responder"),
        ):
            screen.read_until(question)
            screen.type(f"{answer}\n")
        code = screen.exit_code()

    assert code == 0, screen.seen
    assert "[FLY_API_TOKEN]" in screen.seen
    assert "ana: {roles: [responder, approver]}\n  sam: {roles: [responder]}" in fly.text()
    assert f"base: {SHOWN}/service/backend" in fly.text()


@pytest.mark.parametrize(
    ("goes", "code"),
    [(Terminal.at_the_end, 1), (Terminal.interrupted, 130)],
    ids=["end of input", "Ctrl-C"],
)
def test_who_goes_away_at_a_question_has_written_nothing(
    fly: Newcomer, goes: Callable[[Terminal], int], code: int
) -> None:
    environment = {**os.environ, **fly.environment, "PYTHONPATH": str(ROOT)}

    with terminal(environment, "init", *fly.words) as screen:
        screen.read_until("Which vendors?")
        ended = goes(screen)

    assert ended == code, screen.seen
    assert "Traceback" not in screen.seen
    assert not fly.config.exists()
