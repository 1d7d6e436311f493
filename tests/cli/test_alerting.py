import json
from datetime import timedelta
from pathlib import Path

from stanch.model.alert import Outbreak
from stanch.sources.alertmanager import parse
from tests.cli import samples
from tests.cli.conftest import Stanch
from tests.cli.fake_gateway import SOURCE_TOKEN, FakeGateway
from tests.cli.samples import FIRST


def test_an_alert_arrives_as_alertmanager_would_send_it(stanch: Stanch, gateway: FakeGateway) -> None:
    details = ["--severity", "P0", "--label", "region=fra", "--summary", "502"]

    result = stanch("alert", "SiteDown", "--service", "backend", *details)

    assert result.exit_code == 0
    assert f"accepted by {FIRST}" in result.stdout
    (alert,) = parse(gateway.webhooks[0][1])
    assert (alert.name, alert.service, alert.severity_hint, alert.summary) == (
        "SiteDown",
        "backend",
        "P0",
        "502",
    )
    assert alert.firing
    assert alert.labels["region"] == "fra"
    assert alert.links == ()


def test_a_resolved_alert_is_the_one_that_fires_under_that_name(stanch: Stanch, gateway: FakeGateway) -> None:
    fires = samples.alert()
    outbreak = Outbreak(shown={fires.key: fires})
    gateway.add(samples.waiting(outbreak=outbreak))

    stanch("alert", "SiteDown", "--service", "backend", "--resolved")

    (resolved,) = parse(gateway.webhooks[0][1])
    assert (resolved.fingerprint, resolved.firing) == (fires.fingerprint, False)
    assert abs(resolved.started_at - fires.started_at) < timedelta(seconds=1)
    assert resolved.ended_at is not None


def test_where_nothing_fires_under_a_name_nothing_is_sent(stanch: Stanch, gateway: FakeGateway) -> None:
    result = stanch("alert", "SiteDown", "--service", "backend", "--resolved")

    assert result.exit_code == 1
    assert "nothing fires under the name SiteDown of backend" in result.stderr
    assert gateway.webhooks == []


def test_a_fingerprint_can_be_given(stanch: Stanch, gateway: FakeGateway) -> None:
    stanch("alert", "SiteDown", "--fingerprint", "5ca1ab1e")

    assert parse(gateway.webhooks[0][1])[0].fingerprint == "5ca1ab1e"


def test_an_alert_that_concerns_no_incident_says_so(stanch: Stanch) -> None:
    result = stanch("alert", "SiteDown", "--resolved", "--fingerprint", "5ca1ab1e")

    assert result.exit_code == 0
    assert "no incident is concerned" in result.stdout


def test_the_answer_is_one_document_for_machines(stanch: Stanch) -> None:
    result = stanch("alert", "SiteDown", "--json")

    assert json.loads(result.stdout) == {"accepted": 1, "incidents": [FIRST]}


def test_a_label_without_a_value_is_a_misuse(stanch: Stanch, gateway: FakeGateway) -> None:
    result = stanch("alert", "SiteDown", "--label", "region")

    assert result.exit_code == 2
    assert "--label takes name=value, not 'region'" in result.stderr
    assert gateway.webhooks == []


def test_a_wrong_credential_of_the_source_is_refused(stanch: Stanch) -> None:
    result = stanch("alert", "SiteDown", STANCH_ALERT_TOKEN="wrong")

    assert result.exit_code == 1
    assert "does not accept the token of STANCH_ALERT_TOKEN" in result.stderr


def test_without_a_credential_the_refusal_says_where_one_is_looked_for(stanch: Stanch) -> None:
    result = stanch("alert", "SiteDown", STANCH_ALERT_TOKEN="")

    assert result.exit_code == 1
    assert "set STANCH_ALERT_TOKEN" in result.stderr


def test_an_unknown_source_is_not_found(stanch: Stanch) -> None:
    result = stanch("alert", "SiteDown", "--source", "pigeon")

    assert result.exit_code == 1
    assert "there is no such source; known are alertmanager" in result.stderr


def test_the_data_folder_holds_the_credential_of_the_source(
    stanch: Stanch, surroundings: dict[str, str], gateway: FakeGateway
) -> None:
    tokens = Path(surroundings["STANCH_DATA"]) / "tokens"
    tokens.mkdir(parents=True)
    (tokens / "source-alertmanager").write_text(SOURCE_TOKEN)
    (tokens / "source-alertmanager").chmod(0o600)

    result = stanch("alert", "SiteDown", STANCH_ALERT_TOKEN="")

    assert result.exit_code == 0
    assert len(gateway.webhooks) == 1


def test_an_alert_without_a_name_is_a_misuse(stanch: Stanch) -> None:
    result = stanch("alert", "", "--service", "api")

    assert result.exit_code == 2
    assert "the alert's name is empty" in result.stderr
