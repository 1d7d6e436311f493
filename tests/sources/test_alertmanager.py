import copy
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.model.alert import Alert
from stanch.sources import SourceError
from stanch.sources.alertmanager import EXAMPLE, parse
from stanch.sources.shape import LONGEST, MOST_ALERTS

STARTED = "2026-11-21T03:12:16.003Z"


def webhook(*alerts: Any, **fields: Any) -> dict[str, Any]:
    return {"version": "4", "alerts": list(alerts), **fields}


def sent(**fields: Any) -> dict[str, Any]:
    return {"status": "firing", "labels": {"alertname": "Down"}, "startsAt": STARTED, **fields}


def without(fields: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key != name}


def one(**fields: Any) -> Alert:
    (alert,) = parse(webhook(sent(**fields)))
    return alert


def refused(body: Any) -> SourceError:
    with pytest.raises(SourceError) as error:
        parse(body)
    return error.value


def test_the_zero_time_means_that_it_has_not_ended() -> None:
    assert one(endsAt="0001-01-01T00:00:00Z").ended_at is None


def test_the_zero_time_on_a_resolved_alert_means_that_the_end_is_not_known() -> None:
    alert = one(status="resolved", endsAt="0001-01-01T00:00:00Z")

    assert (alert.firing, alert.ended_at) == (False, None)


def test_a_firing_alert_has_not_ended_whatever_is_foreseen() -> None:
    assert one(endsAt="2026-11-21T03:20:00Z").ended_at is None


@pytest.mark.parametrize("ends", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_end_at_the_edge_of_time_is_not_known(ends: str) -> None:
    assert one(status="resolved", endsAt=ends).ended_at is None


def test_each_alerts_own_status_counts_and_not_that_of_the_group() -> None:
    alerts = parse(webhook(sent(), sent(status="resolved"), status="firing"))

    assert [alert.firing for alert in alerts] == [True, False]


@pytest.mark.parametrize(("group", "firing"), [("firing", True), ("resolved", False), (None, True)])
def test_an_alert_without_a_status_has_that_of_its_group(group: str | None, firing: bool) -> None:
    (alert,) = parse(webhook(without(sent(), "status"), status=group))

    assert alert.firing is firing


def test_a_status_that_nobody_knows_is_looked_at_by_somebody() -> None:
    alert = one(status="flapping", annotations={"summary": "It is down"})

    assert alert.firing
    assert alert.summary == "It is down (Alertmanager says flapping: firing)"
    assert alert.unknown_status == "flapping"


def test_a_status_that_is_known_is_not_talked_about() -> None:
    assert one(annotations={"summary": "It is down"}).summary == "It is down"


def test_a_repeated_delivery_is_the_same_episode_and_a_new_outbreak_is_another() -> None:
    first, repeated = parse(EXAMPLE)[0], parse(copy.deepcopy(EXAMPLE))[0]
    later = one(fingerprint=first.fingerprint, startsAt="2026-11-22T03:12:16.003Z")

    assert first.episode == repeated.episode != later.episode


def test_the_same_instant_in_another_zone_is_the_same_episode() -> None:
    assert one(startsAt="2026-11-21T04:12:16.003+01:00").episode == one(startsAt=STARTED).episode


def test_nanoseconds_are_cut_to_what_the_model_holds() -> None:
    alert = one(startsAt="2026-11-21T03:12:16.003123456Z")

    assert alert.started_at == datetime(2026, 11, 21, 3, 12, 16, 3123, tzinfo=UTC)


def test_a_misspelt_severity_is_no_severity() -> None:
    assert one(labels={"alertname": "Down", "serverity": "critical"}).severity_hint == ""


@pytest.mark.parametrize(
    ("annotations", "summary"),
    [
        ({"summary": "first", "description": "second"}, "first"),
        ({"summary": "", "description": "second"}, "second"),
        ({"description": "second"}, "second"),
        ({}, "Down"),
        (None, "Down"),
    ],
)
def test_the_summary_falls_back_to_what_there_is(annotations: Any, summary: str) -> None:
    assert one(annotations=annotations).summary == summary


@pytest.mark.parametrize(
    ("labels", "service"),
    [
        ({"service": "checkout", "app": "shop", "job": "blackbox"}, "checkout"),
        ({"app": "shop", "job": "blackbox"}, "shop"),
        ({"job": "api"}, "api"),
        ({}, ""),
    ],
)
def test_the_service_is_named_by_the_first_label_that_does(labels: dict[str, str], service: str) -> None:
    assert one(labels=labels).service == service


def test_an_alert_without_any_label_is_taken_all_the_same() -> None:
    alert = one(labels=None)

    assert (alert.name, alert.labels, alert.summary) == ("unnamed alert", {}, "unnamed alert")


def test_links_that_a_browser_may_not_follow_are_left_out() -> None:
    alert = one(
        annotations={"runbook_url": "javascript:alert(1)"},
        generatorURL="http://prometheus.shop.example/graph?" + "x" * LONGEST,
    )

    assert alert.links == ()


def test_a_link_is_told_without_what_only_its_sender_should_know() -> None:
    alert = one(generatorURL="https://ana:hunter2@prometheus.example/graph?token=snipe")

    assert alert.links == ("https://prometheus.example/graph",)


def test_the_same_link_is_shown_once() -> None:
    (alert,) = parse(
        webhook(sent(generatorURL="https://a.example"), externalURL="https://a.example", status="firing")
    )

    assert alert.links == ("https://a.example",)


@pytest.mark.parametrize("fingerprint", [None, ""])
def test_a_missing_fingerprint_follows_from_the_labels(fingerprint: str | None) -> None:
    labels = {"alertname": "Down", "region": "fra"}

    first = one(labels=labels, fingerprint=fingerprint).fingerprint
    reordered = one(labels=dict(reversed(labels.items())), fingerprint=fingerprint).fingerprint
    elsewhere = one(labels=labels | {"region": "ord"}, fingerprint=fingerprint).fingerprint

    assert first == reordered != elsewhere
    assert first


def test_labels_that_differ_only_where_they_are_cut_keep_different_fingerprints() -> None:
    first, second = (one(labels={"path": "x" * LONGEST + end}) for end in "ab")

    assert first.labels == second.labels
    assert first.fingerprint != second.fingerprint


def test_long_labels_are_cut_on_a_whole_character() -> None:
    alert = one(labels={"n" * 3000: "v", "b": "a" + "é" * 3000}, annotations={"summary": "s" * 3000})

    assert {len(name.encode()) for name in alert.labels} == {LONGEST, 1}
    assert alert.labels["b"] == "a" + "é" * ((LONGEST - 1) // 2)
    assert len(alert.summary) == LONGEST


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    labels = json.loads(r'{"\ud800": "\udfff", "alertname": "D\ud800"}')

    alert = one(labels=labels)

    assert (alert.labels, alert.name) == ({"?": "?", "alertname": "D?"}, "D?")
    alert.model_dump_json()


def test_what_a_terminal_would_obey_is_not_passed_on() -> None:
    alert = one(labels={"alertname": "\x1b[2JDown"}, annotations={"summary": "line\none\x9b2J"})

    assert (alert.name, alert.summary) == ("?[2JDown", "line one?2J")


def test_a_summary_cannot_look_like_more_than_one_entry_of_a_timeline() -> None:
    assert one(annotations={"summary": " down\n- 08:00:00 approved — ana\r\n"}).summary == (
        "down - 08:00:00 approved — ana"
    )


def test_what_alertmanager_left_out_is_told() -> None:
    alerts = parse(webhook(sent(), sent(annotations={"summary": "last"}), truncatedAlerts=7))

    assert [alert.summary for alert in alerts] == ["Down", "last (Alertmanager left out 7 more: max_alerts)"]


def test_as_many_alerts_as_fit_are_read_and_more_are_refused() -> None:
    assert len(parse(webhook(*[sent()] * MOST_ALERTS))) == MOST_ALERTS

    error = refused(webhook(*[sent()] * (MOST_ALERTS + 1)))

    assert error.field == "alerts"
    assert "max_alerts" in str(error)


@pytest.mark.parametrize("alerts", [[], None])
def test_a_body_without_alerts_holds_none(alerts: Any) -> None:
    assert parse({"version": "4", "alerts": alerts}) == ()


def test_fields_of_newer_releases_are_ignored() -> None:
    body = copy.deepcopy(EXAMPLE) | {"notification_reason": "some alerts resolved"}
    body["alerts"][0] |= {"silenceURL": 3, "values": {"A": None}}

    assert parse(body) == parse(EXAMPLE)


def test_a_body_without_a_version_is_read_as_version_4() -> None:
    assert parse(without(EXAMPLE, "version")) == parse(EXAMPLE)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "alerts"),
        ({"version": "1", "alerts": []}, "version"),
        ({"version": 4, "alerts": []}, "version"),
        (webhook() | {"alerts": {}}, "alerts"),
        (webhook() | {"alerts": "none"}, "alerts"),
        (webhook(3), "alerts[0]"),
        (webhook(sent(), sent(), without(sent(), "startsAt")), "alerts[2].startsAt"),
        (webhook(sent(startsAt=None)), "alerts[0].startsAt"),
        (webhook(sent(startsAt=1_763_694_736)), "alerts[0].startsAt"),
        (webhook(sent(startsAt="2026-11-21T03:12:16")), "alerts[0].startsAt"),
        (webhook(sent(startsAt="0001-01-01T00:00:00Z")), "alerts[0].startsAt"),
        (webhook(sent(startsAt="9999-12-31T23:59:59-14:00")), "alerts[0].startsAt"),
        (webhook(sent(endsAt="soon")), "alerts[0].endsAt"),
        (webhook(sent(labels=[])), "alerts[0].labels"),
        (webhook(sent(labels={"replicas": 3})), "alerts[0].labels.replicas"),
        (webhook(sent(annotations={"summary": None})), "alerts[0].annotations.summary"),
        (webhook(sent(status=1)), "alerts[0].status"),
        (webhook(sent(fingerprint=1)), "alerts[0].fingerprint"),
        (webhook(truncatedAlerts=-1), "truncatedAlerts"),
        ([], ""),
        (None, ""),
        ("text", ""),
    ],
)
def test_a_wrong_shape_is_refused_with_the_path_of_its_field(body: Any, field: str) -> None:
    error = refused(body)

    assert error.field == field
    assert str(error).startswith(field)
    assert error.what


def test_a_field_with_an_endless_name_is_named_shortly() -> None:
    error = refused(webhook(sent(labels={"x\n" * 10_000: 3})))

    assert len(error.field) <= 120
    assert error.field.isprintable()


def test_nothing_that_was_sent_is_repeated_in_a_refusal() -> None:
    for fields in (
        {"startsAt": "s3cret"},
        {"labels": "s3cret"},
        {"status": ["s3cret"]},
        {"endsAt": "s3cret"},
    ):
        assert "s3cret" not in str(refused(webhook(sent(**fields))))


def test_parsing_changes_nothing_of_the_payload() -> None:
    body = copy.deepcopy(EXAMPLE)

    parse(body)

    assert body == EXAMPLE


TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
INSTANTS = st.datetimes().map(lambda at: at.isoformat() + "Z") | st.sampled_from(
    [
        STARTED,
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "24:00",
        "1e400",
    ]
)
MAYBE = st.one_of
LABELS = MAYBE(st.dictionaries(TEXT, TEXT, max_size=4), JSON)
ALERTS = st.fixed_dictionaries(
    {},
    optional={
        "status": MAYBE(st.sampled_from(["firing", "resolved"]), JSON),
        "labels": LABELS,
        "annotations": LABELS,
        "startsAt": MAYBE(INSTANTS, JSON),
        "endsAt": MAYBE(INSTANTS, JSON),
        "generatorURL": MAYBE(TEXT, JSON),
        "fingerprint": MAYBE(TEXT, JSON),
    },
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "version": MAYBE(st.just("4"), JSON),
        "status": MAYBE(TEXT, JSON),
        "alerts": MAYBE(st.lists(MAYBE(ALERTS, JSON), max_size=4), JSON),
        "externalURL": MAYBE(TEXT, JSON),
        "truncatedAlerts": MAYBE(st.integers(), JSON),
    },
)


@given(MAYBE(BODIES, JSON))
def test_whatever_is_sent_becomes_alerts_or_a_refusal_that_can_be_told(body: Any) -> None:
    try:
        alerts = parse(body)
    except SourceError as error:
        str(error).encode()
        return
    for alert in alerts:
        assert Alert.model_validate_json(alert.model_dump_json()).episode == alert.episode
        assert alert.name
        assert alert.fingerprint


@given(st.lists(st.tuples(TEXT, TEXT, INSTANTS), min_size=1, max_size=4))
def test_no_alert_of_a_right_shape_is_lost(rows: list[tuple[str, str, str]]) -> None:
    body = webhook(*(sent(labels={name: text}, annotations={text: name}) for name, text, _ in rows))

    assert len(parse(body)) == len(rows)


RECORDED = Path(os.environ.get("STANCH_SPECS") or Path(__file__).resolve().parents[3] / "shared" / "specs")
SAMPLES = RECORDED / "alerts" / "alertmanager.json"


@pytest.mark.skipif(not SAMPLES.is_file(), reason="recorded deliveries are not at hand: set STANCH_SPECS")
def test_recorded_deliveries_are_read_whole() -> None:
    for sample in json.loads(SAMPLES.read_text())["samples"]:
        body = sample["body"]

        alerts = parse(body)

        assert [alert.fingerprint for alert in alerts] == [one["fingerprint"] for one in body["alerts"]]
        assert [alert.firing for alert in alerts] == [one["status"] == "firing" for one in body["alerts"]]
        assert all(alert.summary for alert in alerts)
