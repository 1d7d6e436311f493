"""256 kB, whatever comes."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as some

from stanch.model.alert import Alert
from stanch.model.evidence import Evidence
from stanch.model.incident import IncidentState
from stanch.model.message import Message, TimelineEntry
from stanch.model.notice import Left
from stanch.policy import outbreaks, thinning

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def entry(number: int, kind: str = "alert", text: str = "x") -> TimelineEntry:
    return TimelineEntry(at=NOW + timedelta(seconds=number), kind=kind, text=f"{number} {text}")


def long_timeline(kinds: list[str]) -> tuple[tuple[TimelineEntry, ...], int]:
    timeline: tuple[TimelineEntry, ...] = ()
    dropped = 0
    for number, kind in enumerate(kinds):
        timeline, more = thinning.noted(timeline, entry(number, kind))
        dropped += more
    return timeline, dropped


def test_a_long_timeline_keeps_how_it_began_what_was_done_and_the_latest_and_counts_the_rest() -> None:
    kinds = ["alert"] * 5_000
    kinds[2_000], kinds[3_000] = "plan", "changed"

    timeline, dropped = long_timeline(kinds)

    assert len(timeline) == thinning.MOST_LINES
    assert len(timeline) + dropped == len(kinds)
    assert [one.kind for one in timeline if one.kind != "alert"] == ["plan", "changed"]
    assert timeline[0].text.startswith("0 ")
    assert timeline[-1].text.startswith("4999 ")


def test_lines_are_cut_and_say_so() -> None:
    timeline, _ = thinning.noted((), entry(0, text="y" * 10_000))

    assert len(timeline[0].text) == thinning.LONGEST_LINE
    assert timeline[0].text.endswith("…")


texts = some.text(max_size=2_000)


@some.composite
def storms(draw: some.DrawFn) -> list[Alert]:
    count, length = draw(some.integers(1, 12_000)), draw(some.integers(1, 3_000))
    filler = draw(some.sampled_from(["x", "é", "\U0001f4a5", '"', "\n"])) * length
    distinct = draw(some.integers(1, 400))
    labels = {f"label{number}-{filler[:40]}": filler for number in range(draw(some.integers(0, 30)))}
    return [
        Alert(
            source="test",
            fingerprint=f"{number}",
            name=f"Rule{number % distinct} {filler[:100]}",
            firing=number % 7 != 0,
            started_at=NOW,
            labels=labels,
            summary=filler,
            links=(f"https://prometheus.example/{filler}",),
        )
        for number in range(count)
    ]


@settings(max_examples=12)
@given(storms(), texts, some.integers(0, 40))
def test_a_state_fits_after_any_storm(storm: list[Alert], text: str, many: int) -> None:
    outbreak, _ = outbreaks.read(outbreaks.Outbreak(), storm, Left(), NOW)
    timeline, _ = long_timeline(["alert", "plan"] * 200)
    message = Message(
        channel="inbox", kind="alert", incident="INC", service="s", severity="low", headline="h",
        text=(text or "x") * 3, key="k",
    )  # fmt: skip
    evidence = Evidence(name="log", uses="logs", result={"lines": [text] * many}, read_at=NOW)
    state = IncidentState(
        number="INC-20261121-7K3QXM",
        opened_at=NOW,
        outbreak=outbreak,
        timeline=timeline,
        unsaid=(message,) * thinning.MOST_UNSAID,
        evidence={"log": evidence},
    )

    fitted = thinning.fitted(state)

    assert thinning.size(fitted) <= thinning.LARGEST_STATE
    assert fitted.outbreak.firing == outbreak.firing
    assert len(fitted.timeline) + fitted.left_out == len(state.timeline) + state.left_out
    assert IncidentState.model_validate_json(fitted.model_dump_json()) == fitted


def test_a_state_fits_although_as_many_fire_as_fired_when_it_was_closed_before() -> None:
    storm = [
        Alert(source="test", fingerprint=f"{number}", name="Down", firing=True, started_at=NOW)
        for number in range(outbreaks.MOST_FIRING + 1)
    ]
    over = [alert.model_copy(update={"firing": False, "ended_at": NOW}) for alert in storm]
    outbreak, _ = outbreaks.read(outbreaks.Outbreak(), [*storm, *over, *storm], Left(), NOW)
    earlier = [
        alert.model_copy(update={"fingerprint": f"{alert.fingerprint} before"}).hash for alert in storm
    ]
    timeline, _ = long_timeline(["alert", "plan"] * 200)
    left = Left(fires={key: int(NOW.timestamp()) for key in earlier[1:]}, past=tuple(earlier[:500]))
    state = IncidentState(
        number="INC",
        opened_at=NOW,
        outbreak=outbreak,
        left=left,
        timeline=timeline,
        spent=tuple(earlier[:500]),
    )

    fitted = thinning.fitted(state)

    assert thinning.size(fitted) <= thinning.LARGEST_STATE
    assert fitted.outbreak == outbreak.model_copy(
        update={"shown": fitted.outbreak.shown, "unshown": fitted.outbreak.unshown}
    )
    assert list(fitted.left.fires) == earlier[-len(fitted.left.fires) :]
    assert len(fitted.left.fires) > 3_500


def test_what_one_incident_after_the_other_leaves_does_not_grow_without_end() -> None:
    left = Left()
    for incident in range(4):
        fires = {f"{incident}-{number}": incident for number in range(outbreaks.MOST_FIRING)}
        past = tuple(f"{incident}-{number}" for number in range(500))
        left = left.together(Left(fires=fires, past=past))

    assert list(left.fires) == list(fires)
    assert left.past == past
