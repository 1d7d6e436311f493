"""A foreign text is nothing but text, on its own line, wherever it is shown."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from temporalio.testing import ActivityEnvironment

from activities.journal import Journal
from stanch.model.alert import Alert, Outbreak, Severity
from stanch.model.change import Change, Kind, Target, Undo, UndoKind, Unit
from stanch.model.decision import Claim
from stanch.model.evidence import Evidence
from stanch.model.incident import IncidentState
from stanch.model.message import TimelineEntry
from stanch.model.plan import Applied, PlannedStep
from stanch.model.playbook import Asking, PinnedStep
from stanch.model.record import IncidentRecord
from stanch.model.verb import Approval, AutomationMode, NoHelp
from stanch.plain import lines, markdown, one_line
from stanch.policy import telling

AT = datetime(2026, 11, 21, 3, 12, tzinfo=UTC)
HOSTILE = [
    "\x1b[2J\x1b]0;owned\x07",
    "\u202egpj.exe",
    "\x9b31m",
    "a\nb\r\nc\u2028d",
    "| 03:12:00 | approved | ana |",
    "<script>alert(1)</script><img src=x onerror=y>",
    "`code` **bold** [link](http://evil.example) ![x](http://evil.example)",
    "# Heading",
    "## What was changed",
    "- item",
    "1. item",
    "---",
    "\\| |",
    "```\nfence",
    "\u200b\ufeff\u2066x\u2069",
]
texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=20))
hostile = st.lists(texts, min_size=1, max_size=3).map("".join)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_on_one_line_has_nothing_that_a_terminal_obeys(text: str) -> None:
    assert one_line(text).isprintable()


@given(hostile)
def test_lines_stay_lines_and_each_is_plain(text: str) -> None:
    assert all(line.isprintable() for line in lines(text).split("\n"))


def test_what_a_line_is_indented_by_stays() -> None:
    assert lines("1. `fly.scale`: two\n   - a: 1 → 2") == "1. `fly.scale`: two\n   - a: 1 → 2"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("site_down on backend", "site_down on backend"),
        ("a|b", r"a\|b"),
        ("<b>", r"\<b\>"),
        (r"\|", r"\\\|"),
        ("# Big", r"\# Big"),
        ("p95 is 3.2 s", "p95 is 3.2 s"),
        ("_quiet_", r"\_quiet\_"),
    ],
)
def test_markdown_reads_as_it_was_written(text: str, shown: str) -> None:
    assert markdown(text) == shown


def test_a_claimed_name_is_plain_and_short() -> None:
    claim = Claim(person="ana\n| x |\x1b[2J" + "a" * 300, note="token=snipe0123456789\u202e")

    assert claim.person.isprintable()
    assert len(claim.person) == 100
    assert claim.note == "token=(secret)"


def a_state(foreign: str) -> IncidentState:
    target = Target(provider="fly", name="backend")
    change = Change(
        verb="fly.scale",
        kind=Kind.STATE,
        target=target,
        units=(Unit(id=foreign, was=foreign, to={"x": foreign}),),
        undo=Undo(kind=UndoKind.COMPENSATES, why=foreign),
        summary=foreign,
        because=foreign,
        effects=(foreign,),
    )
    asking = Asking(who=Approval.ONE, within=timedelta(minutes=15))
    step = PinnedStep(
        uses="fly.scale",
        target=target,
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        asking=asking,
        mode=AutomationMode.APPROVE,
        if_no_help=NoHelp.KEEP,
    )
    alert = Alert(
        source="alertmanager",
        fingerprint="1",
        name=foreign,
        firing=True,
        started_at=AT,
        summary=foreign,
        labels={foreign: foreign},
    )
    return IncidentState(
        number="INC-20261121-7K3QXM",
        opened_at=AT,
        severity=Severity.HIGH,
        waiting_for=foreign,
        outbreak=Outbreak(shown={"1": alert}),
        evidence={
            "log": Evidence(name="log", uses="fly.logs", result={}, line=foreign, read_at=AT),
            "page": Evidence(name="page", uses="status.page", missing_because=foreign, read_at=AT),
        },
        applied=(
            Applied(
                planned=PlannedStep(step=step, change=change), at=AT, approved_by=(foreign,), said=foreign
            ),
        ),
        timeline=(TimelineEntry(at=AT, kind="note", text=foreign, by=foreign),),
        acknowledged_by=foreign,
        handed_to=foreign,
        handed_over_because=foreign,
    )


def shape_of(page: str) -> list[str]:
    """Headings, table rows and items, without what stands in them."""
    kinds = [re.match(r"#+ |\|(?=.*\|$)|- |", line) for line in page.split("\n")]
    cells = [len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in page.split("\n")]
    return [f"{kind[0]}{count}" for kind, count in zip(kinds, cells, strict=True) if kind]


async def page_of(folder: Path, state: IncidentState, **record: Any) -> str:
    journal: Any = Journal(folder, None)  # type: ignore[arg-type]
    told = IncidentRecord(workflow_id="w", state=state, closed_at=AT, **record)
    await ActivityEnvironment().run(journal.close, told)
    return (folder / f"{state.number}.md").read_text(encoding="utf-8")


@settings(max_examples=25)
@given(foreign=hostile)
async def test_a_post_mortem_has_no_line_cell_or_heading_of_anybody_else(
    tmp_path_factory: pytest.TempPathFactory, foreign: str
) -> None:
    usual = shape_of(await page_of(tmp_path_factory.mktemp("usual"), a_state("plain")))

    page = await page_of(tmp_path_factory.mktemp("hostile"), a_state(f"x{foreign}"))

    assert shape_of(page) == usual
    assert page.replace("\n", "").isprintable()
    assert not re.search(r"(?<!\\)<[a-zA-Z/!]", page.replace("\\\\", ""))


@given(hostile)
def test_the_card_at_temporal_has_no_line_of_anybody_else(foreign: str) -> None:
    usual = telling.details(a_state("plain"))

    card = telling.details(a_state(f"x{foreign}"))

    assert len(card.split("\n")) == len(usual.split("\n"))
    assert card.replace("\n", "").isprintable()
