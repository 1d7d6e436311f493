from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stanch.model.alert import Severity
from stanch.model.change import Change, Kind, SecretRef, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.decision import Decision, Say
from stanch.model.evidence import Evidence
from stanch.model.incident import Outcome, Phase, ToDo
from stanch.model.message import TimelineEntry
from stanch.model.plan import Applied, Fate, Plan, Round
from stanch.model.verb import Approval
from stanch.policy import change_text, telling
from stanch.policy.signing import fingerprint
from tests.policy.making import AT, change, pinned, plan, planned, state

SECRET = "hunter2-of-the-payment-provider"
KEY = b"the key of fingerprints"
REF = SecretRef(secret="payments", fingerprint=fingerprint(SECRET, KEY))
IMAGE = "registry.fly.io/slurpy-backend:deployment-01KADZ7M6J5H4G3F2E1D0C9B8A"
ROTATE = change(
    verb="fly.set_secret",
    units=(Unit(id="PAYMENTS_KEY", was=None, to=REF),),
    summary="set PAYMENTS_KEY on backend",
    because="the old one leaked",
    effects=("restarts each machine",),
    afterwards=(Unit(id="auto_assign", was=False, to=True),),
    settings={"bearer": REF.model_dump()},
)


def entry(text: str, minutes: int = 0, by: str = "stanch") -> TimelineEntry:
    return TimelineEntry(at=AT + timedelta(minutes=minutes), kind="note", text=text, by=by)


def on_its_way(asked: Plan, *people: str) -> Round:
    """A plan before people, some of whom have said yes."""
    words = (
        Decision(say=Say.APPROVE, person=person, incident="incident-backend", at=AT) for person in people
    )
    return Round(plan=asked, asked_at=AT, decisions=tuple(words))


def applied(made: Change = ROTATE, **facts: Any) -> Applied:
    return Applied(**{"planned": planned(made=made), "at": AT, **facts})


def test_a_secret_is_shown_by_its_name_and_never_by_its_value() -> None:
    line = change_text.unit_line(ROTATE.units[0])

    assert line == f"PAYMENTS_KEY: absent → secret payments ({REF.fingerprint})"
    assert SECRET not in line


@given(st.text(min_size=6))
def test_no_part_of_a_secret_can_be_read_from_what_is_shown(secret: str) -> None:
    ref = SecretRef(secret="payments", fingerprint=fingerprint(secret, KEY))

    assert change_text.value(ref).replace(ref.fingerprint, "") == "secret payments ()"


def test_no_text_for_people_holds_a_secret() -> None:
    stored = Change.model_validate_json(ROTATE.model_dump_json())
    texts = [
        change_text.plan_text(plan(planned(made=stored))),
        telling.details(
            state(
                round=on_its_way(plan(planned(made=stored))), phase=Phase.APPROVE, applied=(applied(stored),)
            )
        ),
        telling.closing(state(applied=(applied(stored),), outcome=Outcome.FIXED)),
        telling.applied_line(applied(stored)),
    ]

    assert not any(SECRET in text for text in texts)
    assert all("secret payments" in text for text in texts[:3])


@pytest.mark.parametrize(
    ("of", "shown"),
    [
        (None, "absent"),
        (True, "true"),
        ({"count": 2, "size": "performance-2x"}, "count 2, size performance-2x"),
        ({"value": False}, "false"),
        ({"flags": [1, 2]}, '{"flags": [1, 2]}'),
        ({}, "{}"),
        ({"password": "hunter2"}, '{"password": "(secret)"}'),
        ({"cpu_kind": "shared", "cpus": 2, "memory_mb": 512}, "shared-cpu-2x 512 MB"),
        ({"cpu_kind": "performance", "cpus": 2, "memory_mb": 4096}, "performance-2x 4096 MB"),
        (2, "2"),
        ("", ""),
        (IMAGE, IMAGE.rpartition("/")[2]),
        ("a" * 30 + "b" * 31, "a" * 29 + "…" + "b" * 30),
        ("one\ntwo", "one two"),
    ],
)
def test_a_value_is_short_and_on_one_line(of: object, shown: str) -> None:
    assert change_text.value(of) == shown


def test_of_two_long_values_that_is_shown_in_which_they_differ() -> None:
    same = "the same for a long while, and then some more of it, and on it goes: "
    unit = Unit(id="m1", was=f"{same}sixteen{same}", to=f"{same}thirty-two{same}")

    line = change_text.unit_line(unit)

    assert line.startswith("m1: …on it goes: sixteen")
    assert "→ …on it goes: thirty-two" in line
    assert len(line) < 140


@pytest.mark.parametrize(
    ("unit", "line"),
    [
        (
            Unit(id="memory", was={"memory": "256Mi", "cpu": "1"}, to={"memory": "512Mi", "cpu": "1"}),
            "memory: 256Mi → 512Mi",
        ),
        (Unit(id="api", was={"min": 0, "max": 4}, to={"min": 1, "max": 4}), "api: min 0 → min 1"),
        (Unit(id="item:sale", was={"value": True}, to={"value": False}), "item:sale: true → false"),
        (
            Unit(id="4711", was={"role": "app", "start": "2026-11-21T03:00:00.123456+00:00"}, to="ended"),
            "4711: role app, start 2026-11-21 03:00:00 UTC → ended",
        ),
    ],
)
def test_of_two_objects_the_parts_are_told_that_are_not_alike(unit: Unit, line: str) -> None:
    assert change_text.unit_line(unit) == line


def test_an_act_leaves_something_where_nothing_was() -> None:
    assert change_text.act_line(Unit(id="pull request", was=None, to="a revert of #4")) == (
        "pull request: a revert of #4"
    )


@given(st.text(min_size=1, max_size=200), st.text(max_size=200))
@example("x" * 200, "x" * 200)
def test_no_line_of_a_unit_is_endless(was: str, to: str) -> None:
    line = change_text.unit_line(Unit(id="m1", was=was, to=to))

    assert len(line) <= 128
    assert line.isprintable()


@given(st.one_of(st.text(), st.integers(), st.dictionaries(st.text(), st.text())))
def test_no_value_can_forge_a_line_or_fill_the_page(of: object) -> None:
    shown = change_text.value(of)

    assert len(shown) <= 60
    assert shown.isprintable()


def test_a_plan_is_told_whole_before_it_is_approved() -> None:
    asked = plan(planned(made=ROTATE), planned(made=change()), who=Approval.TWO)

    text = change_text.plan_text(asked)

    assert text.splitlines() == [
        "1. `fly.set_secret`: set PAYMENTS_KEY on backend",
        "   Why: the old one leaked",
        f"   - PAYMENTS_KEY: absent → secret payments ({REF.fingerprint})",
        "   Note: restarts each machine",
        "   When the incident closes: auto_assign: false → true",
        "   Undo: puts back exactly what was. If it does not help: it is taken back",
        "2. `fly.roll_back`: roll backend back from v42 to v41",
        "   - m1: bad → good",
        "   Undo: puts back exactly what was. If it does not help: it is taken back",
        f"Needs: two different people. Digest: {asked.digest}",
        "If nobody answers within 15 min: you are asked again, and nothing is done until then",
    ]


@pytest.mark.parametrize(
    ("undo", "line"),
    [
        (Undo(kind=UndoKind.RESTORES), "Undo: puts back exactly what was"),
        (Undo(kind=UndoKind.COMPENSATES, why="by DELETE /pause"), "Undo: compensates, by DELETE /pause"),
        (Undo(kind=UndoKind.NONE, why="a restart cannot be"), "Undo: none, a restart cannot be"),
    ],
)
def test_the_way_back_is_told_with_its_reason(undo: Undo, line: str) -> None:
    assert change_text.undo_line(change(undo=undo)) == line


@pytest.mark.parametrize(
    ("course", "line"),
    [
        (
            Course(waits_for=WaitsFor.SEEN, usually="10 to 90 s for each machine"),
            "until it is seen by visitors: usually 10 to 90 s for each machine",
        ),
        (
            Course(waits_for=WaitsFor.DONE, usually="some seconds", visitors_after=timedelta(seconds=60)),
            "until it is done for the vendor's API: usually some seconds; visitors have it about 1 min later",
        ),
        (
            Course(
                waits_for=WaitsFor.DONE, visitors_after=timedelta(minutes=3), visitors="where preboot is on"
            ),
            (
                "until it is done for the vendor's API: not known;"
                " visitors have it about 3 min later, where preboot is on"
            ),
        ),
        (
            Course(waits_for=WaitsFor.ACCEPTED, usually="under a second", visitors="within seconds"),
            "until it is accepted: usually under a second; visitors: within seconds",
        ),
        (
            Course(waits_for=WaitsFor.ACCEPTED),
            "until it is accepted: not known; when visitors have it is not known",
        ),
    ],
)
def test_how_long_a_change_takes_is_told_as_far_as_it_is_known(course: Course, line: str) -> None:
    asked = plan(planned(made=change(course=course)))

    assert change_text.course_line(course) == line
    assert f"   Time {line}\n" in change_text.plan_text(asked)


def test_a_headline_says_how_grave_what_and_where() -> None:
    found = telling.headline(state(pinned=pinned(), severity=Severity.CRITICAL))

    assert found == "critical: site-down on backend"
    assert telling.headline(state()) == "INC-20261121-7K3QXM"


def test_the_card_shows_what_waits_what_was_changed_and_what_is_known() -> None:
    evidence = {
        "release": Evidence(name="release", uses="fly.releases", result={}, line="v42, suspect", read_at=AT),
        "vendor": Evidence(name="vendor", uses="status.page", missing_because="no answer", read_at=AT),
    }
    shown = telling.details(
        state(
            pinned=pinned(),
            acknowledged_by="ana",
            handed_to="li",
            handed_over_because="nothing is left to try",
            phase=Phase.APPROVE,
            waiting_for="an approval",
            round=on_its_way(plan(), "kim"),
            applied=(applied(change(), approved_by=("ana",)),),
            evidence=evidence,
            timeline=(entry("opened"),),
        )
    )

    for wanted in (
        "**Waiting for:** an approval",
        "**Acknowledged by:** ana",
        "**Handed over to li:** nothing is left to try",
        "Approved by: kim",
        "- roll backend back from v42 to v41: kept, approved by ana",
        "- release: v42, suspect",
        "- vendor: missing, no answer",
        "03:00:00 opened — stanch",
    ):
        assert wanted in shown


@pytest.mark.parametrize(
    ("roles", "who", "signal"),
    [
        (("approver",), Approval.ONE, True),
        (("responder",), Approval.ONE, False),
        ((), Approval.ONE, False),
        (("approver",), Approval.TWO, False),
    ],
)
def test_the_card_says_how_to_approve_and_offers_the_signal_only_where_it_counts(
    roles: tuple[str, ...], who: Approval, signal: bool
) -> None:
    waits = plan(who=who)
    pinning = pinned().model_copy(update={"ui_roles": roles})

    shown = telling.details(state(pinned=pinning, phase=Phase.APPROVE, round=on_its_way(waits)))

    assert f"`stanch approve INC-20261121-7K3QXM --digest {waits.digest}`" in shown
    assert ("Send a Signal" in shown) is signal


def test_only_the_latest_lines_of_a_long_timeline_are_shown_and_it_says_so() -> None:
    shown = telling.details(state(timeline=tuple(entry(f"line {n}", n) for n in range(20))))

    assert "6 earlier" in shown
    assert "line 5 " not in shown
    assert shown.splitlines()[-1].endswith("line 19 — stanch")


def test_lines_that_were_dropped_for_want_of_space_are_counted_too() -> None:
    shown = telling.details(state(timeline=tuple(entry(f"line {n}", n) for n in range(20)), left_out=5))

    assert "11 earlier, 5 of them left out" in shown


@pytest.mark.parametrize("phase", [Phase.VERIFY, Phase.WATCH, Phase.HANDED_OVER, Phase.CLOSED])
def test_a_plan_that_neither_waits_nor_is_being_carried_out_is_not_shown(phase: Phase) -> None:
    assert "### Plan" not in telling.details(state(round=on_its_way(plan(), "kim"), phase=phase))


def test_a_foreign_text_in_the_timeline_stays_on_its_line() -> None:
    shown = telling.details(state(timeline=(entry("note\n- 03:00:00 approved — ana", by="li"),)))

    assert shown.splitlines()[-1] == "- 03:00:00 note - 03:00:00 approved — ana — li"


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({}, "kept, automatic"),
        ({"approved_by": ("ana", "li")}, "kept, approved by ana, li"),
        ({"fate": Fate.UNDO_FAILED, "said": "moved"}, "undo failed (moved), automatic"),
    ],
)
def test_what_was_changed_is_told_with_its_fate(facts: dict[str, Any], line: str) -> None:
    assert telling.applied_line(applied(change(), **facts)) == f"{change().summary}: {line}"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (-5, "0 s"), (12, "12 s"), (60, "1 min"), (192, "3 min 12 s"), (3601, "1 h 1 s")],
)
def test_a_span_is_told_in_words(seconds: int, text: str) -> None:
    assert telling.span(AT, AT + timedelta(seconds=seconds)) == text


def test_the_last_message_names_what_is_still_there_and_the_way_back() -> None:
    kept = planned(made=change(), revert_after=timedelta(hours=2))
    undone = applied(change(summary="scale backend"), fate=Fate.UNDONE)

    text = telling.closing(state(applied=(Applied(planned=kept, at=AT), undone), outcome=Outcome.FIXED))

    assert text.splitlines() == [
        "INC-20261121-7K3QXM is closed: fixed by a change",
        "Still in place: roll backend back from v42 to v41: kept, automatic",
        "  back: m1: good → bad",
        "  taken back by itself in 2 h",
    ]


def test_the_last_message_says_how_long_it_took_and_what_people_still_have_to_do() -> None:
    to_do = (
        ToDo(number=1, do="Add the index", type="psql -f index.sql"),
        ToDo(number=2, do="Ask", done=True),
    )

    text = telling.closing(state(recovered_at=AT + timedelta(minutes=4), outcome=Outcome.FIXED, to_do=to_do))

    assert text.splitlines()[1:] == [
        "Recovered 4 min from the alert",
        "Still to do by hand:",
        "☐ 1 Add the index",
        "    psql -f index.sql",
    ]


def test_an_act_is_done_and_has_no_way_back_to_be_told() -> None:
    act = change(kind=Kind.ACT, undo=Undo(kind=UndoKind.NONE, why="it is over"))

    text = telling.closing(state(applied=(applied(act),), outcome=Outcome.FIXED))

    assert text.splitlines()[1:] == [f"Done: {act.summary}: kept, automatic"]


@pytest.mark.parametrize("fate", Fate)
def test_the_last_message_names_what_is_still_there_or_may_yet_come_to_be(fate: Fate) -> None:
    one = Applied(planned=planned(), at=AT, fate=fate)
    gone = fate in (Fate.UNDONE, Fate.COMPENSATED, Fate.CANNOT_UNDO)

    assert ("Still in place" not in telling.closing(state(applied=(one,)))) == gone


@given(st.text())
def test_a_summary_fits_where_temporal_shows_it(text: str) -> None:
    found = telling.summary(text)

    assert len(found.encode()) <= 200
    assert found == "" or found.isprintable()


def test_a_step_that_is_half_done_names_what_it_has_reached() -> None:
    half = applied(change(), fate=Fate.PARTIAL, begun=("m1",))

    assert "half done (m1 only)" in telling.applied_line(half)
    assert telling.stands([half]).endswith(": half done (m1 only)")
    assert "only" not in telling.applied_line(applied(change(), begun=("m1",)))
