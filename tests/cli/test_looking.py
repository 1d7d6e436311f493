import json
from datetime import timedelta

import pytest

from stanch.model.incident import Outcome, Phase
from stanch.model.message import TimelineEntry
from tests.cli import samples
from tests.cli.conftest import Stanch
from tests.cli.fake_gateway import FakeGateway
from tests.cli.samples import FIRST, SECOND


def test_incidents_are_listed_with_their_age(stanch: Stanch, gateway: FakeGateway) -> None:
    gateway.add(samples.waiting())
    gateway.add(samples.waiting(SECOND))
    gateway.close(SECOND)

    result = stanch("incidents")

    assert result.exit_code == 0
    first, second = result.stdout.splitlines()[1:]
    words = first.split()
    assert words[:3] + words[4:] == [FIRST, "critical", "approve", "min", "ago", "site-down", "on", "backend"]
    assert "closed" in second


def test_only_open_incidents_are_listed_when_asked(stanch: Stanch, gateway: FakeGateway) -> None:
    gateway.add(samples.waiting())
    gateway.close(FIRST)

    result = stanch("incidents", "--open")

    assert result.stdout == "No incident is open\n"


def test_an_incident_that_no_worker_can_go_on_with_is_listed_as_stuck(
    stanch: Stanch, gateway: FakeGateway
) -> None:
    row = samples.row(samples.waiting())
    gateway.instead = 200, {"incidents": [row | {"trouble": "NonDeterministicError"}]}

    assert "stuck, see show" in stanch("incidents").stdout


def test_the_list_for_machines_is_what_the_gateway_said(stanch: Stanch, gateway: FakeGateway) -> None:
    view = gateway.add(samples.waiting())

    result = stanch("incidents", "--json")

    assert json.loads(result.stdout) == {"incidents": [samples.row(view)]}


def test_no_incident_yet_is_said(stanch: Stanch) -> None:
    assert stanch("incidents").stdout == "There are no incidents yet\n"


def test_a_card_shows_everything_of_an_incident(stanch: Stanch, gateway: FakeGateway) -> None:
    view = gateway.add(samples.waiting(applied=(samples.applied(),), acknowledged_by="li"))

    result = stanch("show", FIRST)

    text = " ".join(result.stdout.split())
    for part in (
        f"{FIRST} · critical: site-down on backend",
        "Phase approve",
        f"Waiting for approval of {view.digest}",
        " min ago)",
        "Acknowledged by li",
        f"Plan {view.digest}",
        "1. `fly.roll_back`: roll backend back from v42 to v41",
        "9c487adb: registry.fly.io/backend@sha256:bad → registry.fly.io/backend@sha256:good",
        "Undo: puts back exactly what was",
        f"stanch approve {FIRST} --digest {view.digest}",
        "firing SiteDown, 502 at the edge, since",
        "[severity=P0]",
        "release v42 finished 2 min ago",
        "vendor missing: no answer in 20 s",
        "kept, approved by ana",
        "SiteDown fires: 502 at the edge — alertmanager",
    ):
        assert part in text


def test_a_closed_incident_says_how_it_ended(stanch: Stanch, gateway: FakeGateway) -> None:
    gateway.add(samples.waiting())
    gateway.close(FIRST)

    result = stanch("show", FIRST)

    assert f"closed: {Outcome.BY_PEOPLE}" in result.stdout
    assert "Plan" not in result.stdout


def test_a_handed_over_incident_says_to_whom_and_why(stanch: Stanch, gateway: FakeGateway) -> None:
    gateway.add(
        samples.waiting(
            phase=Phase.HANDED_OVER, handed_to="tech-lead", handed_over_because="no option is left"
        )
    )

    assert "to tech-lead: no option is left" in stanch("show", FIRST).stdout


@pytest.mark.parametrize("columns", ["80", "60"])
def test_a_card_fits_into_a_narrow_terminal(stanch: Stanch, gateway: FakeGateway, columns: str) -> None:
    long = "x" * 300
    at = samples.NOW + timedelta(days=2)
    gateway.add(
        samples.waiting(
            applied=(samples.applied(),),
            outbreak=samples.outbreak(
                samples.alert(summary=f"many words {'and more ' * 30}{long}", region=long)
            ),
            timeline=(TimelineEntry(at=at, kind="note", text="word " * 60, by="ana"),),
            handed_over_because="because " * 30,
        )
    )

    lines = stanch("show", FIRST, COLUMNS=columns).stdout.splitlines()

    assert max(map(len, lines)) <= int(columns)
    assert not any(line.endswith(" ") for line in lines)


def test_a_list_fits_into_80_columns(stanch: Stanch, gateway: FakeGateway) -> None:
    gateway.add(samples.waiting(phase=Phase.HANDED_OVER))

    assert max(len(line) for line in stanch("incidents").stdout.splitlines()) <= 80


HOSTILE = (
    "[bold red]open[/] [link=https://evil.example]x[/link] [/] :skull: \x1b[2J\x1b]0;title\x07\u202e\u009b1m"
)


def test_texts_of_an_alert_are_neither_markup_nor_commands_to_the_terminal(
    stanch: Stanch, gateway: FakeGateway
) -> None:
    gateway.add(
        samples.waiting(
            outbreak=samples.outbreak(samples.alert(summary=HOSTILE, evil=HOSTILE)),
            timeline=(TimelineEntry(at=samples.NOW, kind="alert", text=HOSTILE, by=HOSTILE),),
        )
    )

    text = stanch("show", FIRST).stdout

    assert "[bold red]open[/]" in text
    assert ":skull:" in text
    assert "\\x1b[2J" in text
    assert not {"\x1b", "\x07", "\u202e", "\u009b"} & set(text)


def test_an_alert_cannot_write_lines_of_its_own(stanch: Stanch, gateway: FakeGateway) -> None:
    forged = "harmless\n\nTimeline (UTC)\n  03:00:00  approved by the boss"
    gateway.add(samples.waiting(outbreak=samples.outbreak(samples.alert(summary=forged)), timeline=()))

    lines = stanch("show", FIRST).stdout.splitlines()

    assert not any(line.startswith(("Timeline", "  03:00:00")) for line in lines)


def test_the_document_for_machines_is_ascii_whatever_an_alert_says(
    stanch: Stanch, gateway: FakeGateway
) -> None:
    view = gateway.add(samples.waiting(outbreak=samples.outbreak(samples.alert(summary=HOSTILE))))

    text = stanch("show", FIRST, "--json").stdout

    assert json.loads(text) == samples.shown(view)
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
