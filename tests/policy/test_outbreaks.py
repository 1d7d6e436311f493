"""What a notification means: fingerprint and firing state identify, the start only orders."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as some

from stanch.model.alert import Alert, Outbreak
from stanch.model.notice import Left
from stanch.policy import outbreaks
from stanch.policy.outbreaks import (
    FIRST_SHOWN,
    LATEST_SHOWN,
    MOST_FIRING,
    MOST_RESOLVED,
    Meaning,
    read,
)

BEGAN = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
NOTHING = Left()


def alert(fingerprint: str = "a", *, firing: bool = True, minutes: float = 0, **changed: object) -> Alert:
    return Alert.model_validate(
        {
            "source": "test",
            "fingerprint": fingerprint,
            "name": "SiteDown",
            "firing": firing,
            "started_at": BEGAN + timedelta(minutes=minutes),
            **changed,
        }
    )


def resolved(fingerprint: str = "a", *, minutes: float = 0, ended: float = 10) -> Alert:
    return alert(fingerprint, firing=False, minutes=minutes, ended_at=BEGAN + timedelta(minutes=ended))


def meanings(*alerts: Alert, left: Left = NOTHING) -> list[Meaning]:
    """Of notices that come one by one."""
    outbreak, found = Outbreak(), []
    for one in alerts:
        outbreak, said = read(outbreak, [one], left, BEGAN + timedelta(hours=1))
        found += [what.meaning for what in said]
    return found


def test_the_same_firing_delivered_again_is_known() -> None:
    assert meanings(alert(), alert()) == [Meaning.FIRES, Meaning.KNOWN]


def test_an_alert_that_fires_after_its_resolution_fires_again_even_with_the_same_start() -> None:
    assert meanings(alert(), resolved(), alert()) == [Meaning.FIRES, Meaning.RESOLVED, Meaning.AGAIN]


def test_a_resolution_with_an_earlier_start_resolves() -> None:
    assert meanings(alert(minutes=1), resolved(minutes=0))[-1] is Meaning.RESOLVED


def test_an_older_outbreaks_resolution_that_comes_late_resolves_nothing() -> None:
    late = resolved(ended=5)

    assert meanings(alert(), late, alert(minutes=8), late)[2:] == [Meaning.AGAIN, Meaning.KNOWN]


def test_a_start_in_the_future_can_be_resolved_once_the_clock_is_set_right() -> None:
    ahead = alert(minutes=600)

    assert meanings(ahead, resolved(minutes=0, ended=61))[-1] is Meaning.RESOLVED


def test_a_rule_whose_labels_change_goes_on_and_is_no_new_outbreak() -> None:
    together = meanings(alert("v0"), alert("v1"), resolved("v0"), alert("v2", minutes=1))
    one_by_one = meanings(alert("v0"), resolved("v0", ended=1), alert("v1", minutes=2))

    assert together == [Meaning.FIRES, Meaning.CONTINUES, Meaning.RESOLVED, Meaning.CONTINUES]
    assert one_by_one[-1] is Meaning.CONTINUES


def test_a_rule_that_was_quiet_for_a_while_is_a_new_outbreak_under_whatever_fingerprint() -> None:
    assert meanings(alert("v0"), resolved("v0", ended=1), alert("v1", minutes=30))[-1] is Meaning.FIRES


def test_another_rule_is_a_new_outbreak() -> None:
    assert meanings(alert("a"), alert("b", name="Slow"))[-1] is Meaning.FIRES


def test_what_fired_when_a_person_closed_it_opens_nothing_until_it_has_ended() -> None:
    left = Left(fires={alert().hash: int(BEGAN.timestamp())})

    assert meanings(alert(), left=left) == [Meaning.PAST]
    assert meanings(alert(minutes=1), left=left) == [Meaning.FIRES]
    assert outbreaks.ended(left, [resolved()]).fires == {}


def test_what_is_over_joins_no_other_outbreak_but_may_open_its_own() -> None:
    left = Left(past=(alert("grave").episode,))

    assert meanings(alert("calm", name="Calm"), alert("grave"), left=left)[-1] is Meaning.PAST
    assert meanings(alert("grave"), left=left) == [Meaning.FIRES]


def test_what_a_gateway_had_said_before_it_said_the_last_word_changes_nothing() -> None:
    """A delivery that is sent again says what was so then, with the same start as what is so now."""
    words = [(0, alert()), (10, resolved()), (1, alert()), (20, alert()), (10, resolved())]
    outbreak, said = Outbreak(), []
    for minutes, one in words:
        issued = BEGAN + timedelta(minutes=minutes)
        outbreak, found = read(outbreak, [one], NOTHING, BEGAN + timedelta(hours=1), issued)
        said += [what.meaning for what in found]

    assert said == [Meaning.FIRES, Meaning.RESOLVED, Meaning.PAST, Meaning.AGAIN, Meaning.KNOWN]


def test_the_names_of_a_storm_of_different_rules_are_as_many_as_are_kept() -> None:
    storm = [alert(f"{number}", name=f"Rule{number}") for number in range(300)]

    outbreak, _ = read(Outbreak(), storm, NOTHING, BEGAN)

    assert len(outbreak.names) <= 100
    assert len(outbreak.firing) == 300


def test_more_than_are_counted_saturate_and_never_count_down_to_nothing() -> None:
    storm = [alert(str(number)) for number in range(MOST_FIRING + 2)]

    outbreak, said = read(Outbreak(), storm, NOTHING, BEGAN)
    assert [one.meaning for one in said[MOST_FIRING:]] == [Meaning.UNCOUNTED] * 2
    assert outbreak.saturated

    over = [resolved(str(number)) for number in range(MOST_FIRING + 2)]
    outbreak, _ = read(outbreak, over, NOTHING, BEGAN)
    assert not outbreak.firing
    assert outbreak.saturated


def test_the_first_and_the_latest_are_shown_and_the_others_counted() -> None:
    outbreak, _ = read(Outbreak(), [alert(str(number)) for number in range(50)], NOTHING, BEGAN)

    shown = list(outbreak.shown)
    assert shown[:2] == ["test/0", "test/1"]
    assert shown[-1] == "test/49"
    assert (len(shown), outbreak.unshown) == (FIRST_SHOWN + LATEST_SHOWN, 50 - len(shown))


def test_what_has_ended_is_remembered_so_far_back_and_no_further() -> None:
    storm = [str(number) for number in range(MOST_RESOLVED + 10)]

    outbreak, _ = read(Outbreak(), [*map(alert, storm), *map(resolved, storm)], NOTHING, BEGAN)

    assert (len(outbreak.resolved), len(outbreak.ended)) == (MOST_RESOLVED, MOST_RESOLVED)
    assert outbreak.ended[-1] == alert(storm[-1]).episode


def test_an_alert_is_kept_as_long_as_a_person_reads() -> None:
    text = "x" * 10_000
    fires = [alert("a", summary=text), alert("b")]
    over = alert("b", firing=False, ended_at=BEGAN, summary=text)

    outbreak, _ = read(Outbreak(), [*fires, over], NOTHING, BEGAN)

    assert [len(shown.summary) < 1_000 for shown in outbreak.shown.values()] == [True, True]


@settings(max_examples=200)
@given(some.lists(some.tuples(some.sampled_from("abc"), some.booleans(), some.integers(0, 120)), max_size=30))
def test_what_fires_is_what_was_last_heard_to_fire(heard: list[tuple[str, bool, int]]) -> None:
    """Notices in order, each sent when it happened: the latest word on each fingerprint is what holds."""
    outbreak, now, last = Outbreak(), BEGAN, {}
    for fingerprint, firing, pause in heard:
        now += timedelta(seconds=pause)
        since = (now - BEGAN).total_seconds() / 60
        one = alert(fingerprint, minutes=since) if firing else resolved(fingerprint, minutes=0, ended=since)
        outbreak, _ = read(outbreak, [one], NOTHING, now)
        last[one.hash] = firing
    assert set(outbreak.firing) == {key for key, firing in last.items() if firing}
