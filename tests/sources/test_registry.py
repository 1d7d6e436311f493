import copy
import json

import pytest

from stanch.sources import SOURCES, AlertSource, SourceError

each_source = pytest.mark.parametrize("source", SOURCES.values(), ids=list(SOURCES))


@each_source
def test_a_source_reads_the_example_it_ships(source: AlertSource) -> None:
    assert source.parse(copy.deepcopy(source.EXAMPLE)) == source.EXPECTED


@each_source
def test_a_source_is_registered_under_its_own_name(source: AlertSource) -> None:
    assert SOURCES[source.NAME] is source
    assert {alert.source for alert in source.EXPECTED} == {source.NAME}


@each_source
def test_an_example_names_example_hosts_only(source: AlertSource) -> None:
    hosts = [part.split("/")[0].split('"')[0] for part in json.dumps(source.EXAMPLE).split("://")[1:]]

    assert all(host.endswith(".example") for host in hosts)


@each_source
def test_an_example_shows_an_alert_that_fires_and_one_that_has_resolved(source: AlertSource) -> None:
    assert {alert.firing for alert in source.EXPECTED} == {True, False}


@each_source
@pytest.mark.parametrize("body", [None, [], "", 0, True], ids=repr)
def test_a_body_that_is_no_object_is_refused(source: AlertSource, body: object) -> None:
    with pytest.raises(SourceError):
        source.parse(body)
