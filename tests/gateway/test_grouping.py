from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.gateway.webhooks import groups_of
from stanch.model.alert import Alert
from stanch.playbooks.book import Book
from tests.gateway.doubles import AT, book_in

TEXT = st.text(max_size=300)
NAMES = st.sampled_from(["Down", "Lame", "Each"]) | TEXT
SERVICES = st.sampled_from(["backend", "worker"]) | TEXT
ALERTS = st.lists(
    st.builds(
        Alert,
        source=st.just("alertmanager"),
        fingerprint=TEXT,
        name=NAMES,
        firing=st.booleans(),
        started_at=st.datetimes(timezones=st.just(UTC)),
        service=SERVICES,
        severity_hint=st.sampled_from(["", "critical", "nonsense"]),
        labels=st.dictionaries(TEXT, TEXT, max_size=3),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return book_in(tmp_path_factory.mktemp("team"))


@given(alerts=ALERTS)
def test_every_alert_is_in_one_group_and_every_group_is_one_incident(book: Book, alerts: list[Alert]) -> None:
    groups = groups_of(book, alerts)

    assert sorted(map(repr, alerts)) == sorted(repr(alert) for group in groups for alert in group.alerts)
    assert len({group.key for group in groups}) == len(groups)
    assert all(len(group.key.encode()) < 256 and group.key.isprintable() for group in groups)


def fires(name: str, *, firing: bool = True, hint: str = "") -> Alert:
    return Alert(
        source="alertmanager",
        fingerprint=name,
        name=name,
        firing=firing,
        started_at=AT,
        service="backend",
        severity_hint=hint,
    )


@pytest.mark.parametrize(
    ("alerts", "scenario"),
    [
        ([fires("Lame"), fires("Down")], "down"),
        ([fires("Down"), fires("Lame")], "down"),
        ([fires("Down", firing=False), fires("Lame")], "lame"),
        ([fires("Lame", firing=False), fires("Down", firing=False)], "down"),
        ([fires("Lame", hint="critical"), fires("Down")], "lame"),
        ([fires("Strange", hint="high"), fires("Down")], "down"),
    ],
)
def test_a_group_runs_by_its_gravest_firing_alert(book: Book, alerts: list[Alert], scenario: str) -> None:
    (group,) = groups_of(book, alerts)

    assert group.pinned.scenario == scenario


def test_groups_stand_in_the_order_in_which_their_alerts_came(book: Book) -> None:
    alerts = [fires("Each"), fires("Down"), fires("Lame")]

    assert [group.alerts[0].name for group in groups_of(book, alerts)] == ["Each", "Down"]
