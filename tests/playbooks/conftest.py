"""A small catalogue, and files written beside each other as a team would."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent, indent
from typing import Annotated, Any

import pytest
from pydantic import BeforeValidator, Field, JsonValue

from activities import fly, http_call, probes, status_pages
from stanch.errors import ConfigError
from stanch.model.alert import Alert
from stanch.model.base import Duration, Written
from stanch.model.change import Kind, UndoKind
from stanch.model.evidence import AgeAs, KeysOf, Reading
from stanch.model.playbook import Pinned, PinnedOption
from stanch.model.verb import Approval, Catalogue, NoArguments, ReadingSpec, TargetSpec, VerbSpec
from stanch.playbooks.book import Book
from stanch.playbooks.load import load_book
from tests.playbooks import shop
from tests.playbooks.vendors import catalogue_of

TEAM = """
providers:
  fly: {token: env:FLY_API_TOKEN, status_page: fly}
services:
  backend:
    runs_on: {provider: fly, app: slurpy-backend}
    health: [https://api.slurpy.example/healthz]
    owners: [ana]
    aliases: [api]
    facts: {metrics: https://api.slurpy.example/metrics, floor: 2}
  frontend:
    runs_on: {provider: box, box: web-1, region: ord}
    health: [https://www.slurpy.example]
  worker:
    runs_on: {provider: fly, app: slurpy-worker, process_group: jobs}
people:
  ana: {roles: [responder, approver, tech-lead, CTO]}
  temporal-ui: {roles: [responder]}
channels:
  chat: {webhook: env:CHAT_WEBHOOK}
secrets:
  stripe-webhook: env:STRIPE_WEBHOOK_SECRET
escalation:
  - {after: 30m, to: tech-lead}
freezes:
  - {starts: 2026-12-24T00:00:00Z, ends: 2026-12-27T00:00:00Z, why: holidays}
mode: auto
"""
SCENARIO = """
severities: {P0: critical, P1: high, P2: medium, P3: low}
scenarios:
  site-down:
    opens_on: {alert: SiteDown, service: backend}
    severity: P0
    mode: auto
"""


class Numbers(Reading):
    values: dict[str, float]
    share: float | None = None
    slowest: timedelta
    seen_at: Annotated[datetime | None, AgeAs("age")] = None
    blob: JsonValue = None
    tags: tuple[str, ...] = ()


class Words(Reading):
    by_word: Annotated[dict[str, int], KeysOf("matching")]


class WordsArguments(Written):
    matching: tuple[str, ...]


class NumbersArguments(Written):
    url: str
    samples: int = Field(default=3, ge=1, le=10)
    window: Duration = timedelta(minutes=5)
    pick: dict[str, str] = Field(default_factory=dict)
    bearer: str = ""


class BoxTarget(Written):
    box: str
    region: str = ""
    safe: bool = False


def _amount(value: object) -> object:
    return value["at_least"] if isinstance(value, dict) and set(value) == {"at_least"} else value


class TuneArguments(Written):
    size: Annotated[int | None, BeforeValidator(_amount), Field(ge=1)] = None
    ratio: float = 0.5
    label: str = ""
    on: bool = True
    wait: Duration = timedelta(seconds=5)
    value: JsonValue = None
    names: tuple[str, ...] = ()


def verb(name: str, of: str = "box", **more: Any) -> VerbSpec:
    return VerbSpec(name=name, says=name, kind=Kind.STATE, of=of, **{"undo": UndoKind.RESTORES, **more})


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    integrations = (fly.INTEGRATION, probes.INTEGRATION, status_pages.INTEGRATION, http_call.INTEGRATION)
    verbs = [
        *(made.spec for integration in integrations for made in integration.verbs),
        verb("box.tune", arguments=TuneArguments, was={"size": "int", "owner": "string"}),
        verb("box.tune_fly", of="fly", arguments=TuneArguments, was={"size": "int", "owner": "string"}),
        verb("box.restore", of="fly", floor=Approval.TWO, undo=UndoKind.NONE),
        verb("box.migrate", of="fly", floor=Approval.ONE, formerly=("box.move",)),
    ]
    readings = [
        *(reader.spec for integration in integrations for reader in integration.readings),
        ReadingSpec("numbers.http", "numbers", Numbers, NumbersArguments),
        ReadingSpec("words.count", "words", Words, WordsArguments),
        ReadingSpec("box.state", "a box", Numbers, NoArguments, of="box", good_when="it.known_by_nobody"),
    ]
    targets = {integration.name: integration.target for integration in integrations if integration.target}
    return Catalogue(
        verbs={spec.name: spec for spec in verbs},
        readings={spec.name: spec for spec in readings},
        targets={**targets, "box": TargetSpec(BoxTarget, "box")},
        settings={
            **{integration.name: frozenset(integration.settings) for integration in integrations},
            "box": frozenset(),
        },
        pages=frozenset({*status_pages.INTEGRATION.pages, "boxes"}),
    )


@pytest.fixture
def book_of(tmp_path: Path, catalogue: Catalogue) -> Callable[..., Book]:
    """The book of one playbook, and of the team above unless another is given."""

    def load(playbook: str, team: str = TEAM) -> Book:
        folder = tmp_path / "playbooks"
        folder.mkdir(exist_ok=True)
        (tmp_path / "stanch.yaml").write_text(team)
        (folder / "slurpy.yaml").write_text(playbook)
        return load_book(tmp_path / "stanch.yaml", catalogue)

    return load


@pytest.fixture
def scenario(book_of: Callable[..., Book]) -> Callable[..., Book]:
    """The book of one scenario that opens on SiteDown of backend; its further lines are given."""

    def load(lines: str, team: str = TEAM) -> Book:
        return book_of(SCENARIO + indent(dedent(lines), "    "), team)

    return load


@pytest.fixture
def complaint(scenario: Callable[..., Book], tmp_path: Path) -> Callable[..., str]:
    """What is said about a scenario's lines, without the folder it all stands in."""

    def said(lines: str, team: str = TEAM) -> str:
        with pytest.raises(ConfigError) as refused:
            scenario(lines, team)
        return str(refused.value).replace(f"{tmp_path}/", "")

    return said


@pytest.fixture
def alert() -> Callable[..., Alert]:
    def fire(**more: Any) -> Alert:
        usual = {"source": "test", "fingerprint": "f1", "name": "SiteDown", "firing": True}
        return Alert(**{**usual, "started_at": datetime(2026, 11, 21, 7, 30, tzinfo=UTC), **more})

    return fire


@pytest.fixture
def usual() -> str:
    """A playbook of one scenario, to be made wrong."""
    return SCENARIO


@pytest.fixture
def team() -> str:
    """The team, to be made wrong."""
    return TEAM


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Book]:
    """The book of what is written below the usual head."""

    def of(lines: str, team: str = shop.TEAM) -> Book:
        (tmp_path / "stanch.yaml").write_text(team + "playbooks: [shop.yaml]\n")
        (tmp_path / "shop.yaml").write_text(shop.HEAD + dedent(lines))
        return load_book(tmp_path / "stanch.yaml", catalogue_of())

    return of


@pytest.fixture
def pinned(load: Callable[..., Book]) -> Callable[..., Pinned]:
    """The one scenario of these lines, which opens on Down and is of P0."""

    def of(lines: str, team: str = shop.TEAM, more: str = "") -> Pinned:
        text = "".join(f"    {line}\n" for line in dedent(lines).strip().split("\n"))
        scenario = f"scenarios:\n  down:\n    opens_on: Down\n    severity: P0\n{text}"
        return load(scenario + dedent(more), team).scenarios[0]

    return of


@pytest.fixture
def option(pinned: Callable[..., Pinned]) -> Callable[..., PinnedOption]:
    return lambda line, *more: pinned(f"options: [{line}]", *more).options[0]


@pytest.fixture
def said(pinned: Callable[..., Pinned], tmp_path: Path) -> Callable[..., str]:
    """What is said about lines that are wrong."""

    def of(lines: str, team: str = shop.TEAM, more: str = "") -> str:
        with pytest.raises(ConfigError) as refused:
            pinned(lines, team, more)
        return str(refused.value).replace(f"{tmp_path}/", "")

    return of
