import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from books import scenario
from keeper import forget_everything
from stage import Stage

from sandbox import Sandbox
from sandbox.faults import Fault
from sandbox.fly.keys import FlyKey
from sandbox.fly.world import FlyWorld
from sandbox.server import serving_in_thread
from sandbox.status_pages import Weather
from stanch.cli.plan.live_providers import Cast, around
from stanch.cli.plan.rehearsal import rehearse
from stanch.model.incident import Phase
from stanch.secrets import HIDDEN, Redactor
from tests.cli.a_place import PLAYBOOK, TEAM, Place

DOWN = ("plan", "SiteDown", "--service", "backend")
RESTART = "      - {name: restart, uses: fly.restart, approval: nobody}\n    verify:"
MORE = RESTART.replace("restart, uses: fly.restart", "more, uses: fly.scale, with: {count: 3}")
FREEZE = "freezes: [{starts: 2020-01-01T00:00:00Z, ends: 2100-01-01T00:00:00Z, why: the big move}]\n"
ALL_WEEK = """\
weekly_freezes:
  - {starts: Mon 00:00, ends: Thu 12:00, time_zone: UTC, why: the big move}
  - {starts: Thu 12:00, ends: Mon 00:00, time_zone: UTC, why: the big move}
"""


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sandbox, str]]:
    sandbox = Sandbox.everything()
    with serving_in_thread(sandbox) as url:
        yield sandbox, url


@pytest.fixture
def place(served: tuple[Sandbox, str], tmp_path: Path) -> Place:
    return Place(tmp_path, *served)


def planned(place: Place, *words: str, **environment: str | None) -> dict[str, Any]:
    """The answer for machines; exit code 0 where there is a plan or a hold."""
    result = place.run(*(words or DOWN), "--json", **environment)
    document: dict[str, Any] = json.loads(result.stdout)
    assert result.exit_code == (0 if document["outcome"] in ("plan", "hold") else 1)
    return document


def options(document: dict[str, Any]) -> dict[str, str]:
    return {option["name"]: option["outcome"] for option in document["options"]}


def test_a_suspect_release_is_planned_to_go_back_with_every_machine_was_and_to(place: Place) -> None:
    app = place.sandbox.of(FlyWorld).apps["slurpy-backend"]
    bad, good = ("deployment-01KADZ7M6J5H4G3F2E1D0C9B8A", "deployment-01KA7RN3W8D9E0F1G2H3J4K5M6")

    result = place.run(*DOWN)

    text = " ".join(result.stdout.split())
    assert result.exit_code == 0
    assert "SiteDown opens site/site-down on backend: critical, mode auto" in text
    assert "→ roll-back-suspect true release.is_suspect" in text
    for machine in app.machines:
        assert f"{machine}: slurpy-backend:{bad} → slurpy-backend:{good}" in text
    assert "Needs: nobody. Digest: " in text
    assert "Mode auto: it would be done at once" in text


def test_planning_has_no_effect_anywhere(place: Place) -> None:
    place.run(*DOWN)

    assert place.sandbox.ledger.entries == []
    assert place.sandbox.ledger.unexpected == []
    assert place.sandbox.inbox == []
    assert {seen.method for seen in place.sandbox.ledger.requests if "graphql" not in seen.path} == {"GET"}
    assert not (place.folder / "data").exists()


async def test_the_plan_is_the_one_that_an_incident_asks_for(stage: Stage) -> None:
    await forget_everything(stage.store)
    stage.playbook(f"scenarios:\n{scenario('- {uses: fly.roll_back, approval: one}')}")
    alert = stage.alert()
    assert stage.book is not None
    cast = Cast(around(stage.book.team, stage.folder / "data", Redactor()))

    end = await rehearse(stage.book.match(alert), alert, cast, stage.book.team)

    incident = await stage.open(alert)
    view = await stage.until(incident, Phase.APPROVE)
    assert end.plan is not None
    assert end.plan.digest == view.digest
    assert view.state.plan is not None
    assert end.plan.asking == view.state.plan.asking
    assert [found.line for found in end.state.evidence.values()] == [
        found.line for found in view.state.evidence.values()
    ]


def test_machines_get_the_whole_plan_and_its_digest(place: Place) -> None:
    document = planned(place)

    assert document["outcome"] == "plan"
    assert f"Digest: {document['digest']}" in document["plan_text"]
    assert document["plan"]["steps"][0]["change"]["verb"] == "fly.roll_back"
    assert (document["approval"], document["mode"], document["severity"]) == ("nobody", "auto", "critical")
    assert options(document) == {
        "vendor-down": "false",
        "roll-back-suspect": "true",
        "roll-back-recent": "true",
    }


def test_an_alert_that_has_fired_for_long_makes_nothing_suspect(place: Place) -> None:
    document = planned(place, *DOWN, "--firing-for", "1h")

    assert options(document)["roll-back-suspect"] == "false"
    assert (document["plan"]["option"], document["approval"]) == ("roll-back-recent", "one")


def test_an_option_that_cannot_be_decided_says_why_and_is_passed_over(place: Place) -> None:
    place.write(playbook=PLAYBOOK.replace("    verify:", MORE))
    place.sandbox.order(Fault(path="graphql", status=503, times=3))

    result = place.run(*DOWN)

    text = " ".join(result.stdout.split())
    assert "release missing: fly: POST /fly/graphql answered 503" in text
    assert (
        "roll-back-suspect undecidable release.is_suspect passed over: release.is_suspect is missing" in text
    )
    assert "→ more always no condition" in text


def test_what_takes_away_is_not_planned_at_a_vendor_that_is_half_away(place: Place) -> None:
    place.write(playbook=PLAYBOOK.replace("    verify:", RESTART))
    place.sandbox.order(Fault(path="graphql", status=503, times=3))

    document = planned(place)

    assert document["outcome"] == "nothing"
    assert document["options"][-1]["refused"]["rule"] == "vendor-ill"


def test_a_moment_s_weakness_of_a_vendor_is_no_missing_evidence(place: Place) -> None:
    place.sandbox.order(Fault(path="graphql", status=503, times=2))

    assert planned(place)["plan"]["option"] == "roll-back-suspect"


def test_nothing_is_done_when_no_option_is_left_and_it_says_who_gets_it(place: Place) -> None:
    place.sandbox.order(Fault(path="graphql", status=404, times=None))

    result = place.run(*DOWN)
    place.sandbox.faults.clear()

    assert result.exit_code == 1
    assert "Nothing would be done: Nothing helped. It would be handed over to tech-lead" in result.stdout


def test_an_alert_without_a_scenario_says_what_there_is(place: Place) -> None:
    result = place.run("plan", "DiskFull", "--service", "backend")

    assert result.exit_code == 1
    assert "no scenario opens on DiskFull of backend" in result.stdout
    assert "Scenarios of backend open on: Health*, SiteDown" in result.stdout


def test_an_alert_of_an_unknown_service_says_which_there_are(place: Place) -> None:
    result = place.run("plan", "SiteDown", "--service", "backnd")

    assert result.exit_code == 1
    assert "Services with scenarios: backend; say which with --service" in result.stdout


def test_a_hold_is_an_answer(place: Place) -> None:
    place.sandbox.status_pages["fly"].turn(Weather.OUTAGE)

    document = planned(place)

    assert (document["outcome"], document["because"]) == ("hold", "Fly reports an outage")


def test_a_vendor_s_outage_refuses_what_the_playbook_would_have_done(place: Place) -> None:
    place.write(playbook=PLAYBOOK.replace("when: fly.is_down", "when: fly.is_down && false"))
    place.sandbox.status_pages["fly"].turn(Weather.OUTAGE)

    document = planned(place)

    assert document["outcome"] == "nothing"
    assert document["options"][1]["refused"]["rule"] == "vendor-down"


def test_a_deployment_under_way_is_a_refusal_with_its_rule(place: Place) -> None:
    place.write(playbook=PLAYBOOK.replace("when: release.is_suspect", "when: release.is_newest"))
    place.sandbox.of(FlyWorld).deploy("slurpy-backend", in_progress=True)

    result = place.run(*DOWN)

    text = " ".join(result.stdout.split())
    assert result.exit_code == 1
    assert "refused: somebody deploys: v43 of slurpy-backend is being deployed" in text


@pytest.mark.parametrize(
    ("extra", "limits", "rule"),
    [
        (FREEZE, "{{}}", "freeze"),
        (ALL_WEEK, "{{}}", "freeze"),
        ("", "{{changes_per_hour: 0}}", "changes-per-hour"),
    ],
)
def test_limits_that_hold_whatever_happened_before_are_kept(
    place: Place, extra: str, limits: str, rule: str
) -> None:
    place.write(TEAM.replace("owners: [ana]", f"limits: {limits}"), extra=extra)

    document = planned(place)

    assert document["outcome"] == "nothing"
    assert document["options"][1]["refused"]["rule"] == rule


def test_what_is_refused_without_end_is_passed_over_for_the_next_option(place: Place) -> None:
    extra = "      - {name: more, when: 'true', uses: fly.scale, with: {count: 2}, approval: nobody}\n"
    place.write(
        playbook=PLAYBOOK.replace(
            "      - name: roll-back-suspect", f"{extra}      - name: roll-back-suspect"
        )
    )

    document = planned(place)

    refused = next(option["refused"] for option in document["options"] if option["name"] == "more")
    assert refused["rule"] == "nothing-to-do"
    assert document["plan"]["option"] == "roll-back-suspect"


def test_shadow_mode_says_that_it_would_only_be_said(place: Place) -> None:
    place.write(playbook=PLAYBOOK.replace("mode: auto", "mode: shadow"))

    result = place.run(*DOWN)

    assert result.exit_code == 0
    assert "Mode shadow: it would not be done" in result.stdout


def test_a_plan_that_needs_two_people_says_so(place: Place) -> None:
    place.write(playbook=PLAYBOOK.replace("approval: nobody", "approval: {who: two, within: 5m, then: skip}"))

    text = " ".join(place.run(*DOWN).stdout.split())

    assert "it would wait for two different people; after 5 min the next option would be tried" in text


def test_a_missing_token_is_missing_evidence_that_names_its_variable(place: Place) -> None:
    document = planned(place, CHECK_FLY=None)

    (release,) = (found for found in document["evidence"] if found["name"] == "release")
    assert release["missing_because"].startswith("env:CHECK_FLY is not set")
    assert set(options(document).values()) == {"false", "undecidable"}


@pytest.mark.parametrize("words", [DOWN, (*DOWN, "--json")])
def test_no_secret_is_ever_printed(place: Place, words: tuple[str, ...]) -> None:
    answer = {"error": f"who is {FlyKey.ALL}?"}
    place.sandbox.order(Fault(path="graphql", status=401, body=answer, times=None))

    result = place.run(*words)
    place.sandbox.faults.clear()

    assert f"who is {HIDDEN}?" in " ".join(result.stdout.split())
    assert str(FlyKey.ALL) not in result.output


def test_labels_and_severity_are_the_alert_s(place: Place) -> None:
    special = PLAYBOOK.partition("scenarios:\n")[2].replace("site-down:", "in-fra:")
    special = special.replace("service: backend}", "service: backend, labels: {region: fra}}")
    place.write(playbook=f"{PLAYBOOK}{special}".replace("severity: critical", "severity: low"))

    document = planned(place, *DOWN, "--label", "region=fra", "--severity", "high", "--summary", "502")

    assert (document["scenario"], document["severity"]) == ("in-fra", "high")
    assert document["alert"]["summary"] == "502"


@pytest.mark.parametrize(
    ("words", "said"), [(("--firing-for", "soon"), "10m"), (("--label", "x"), "name=value")]
)
def test_a_misused_option_says_what_it_takes(place: Place, words: tuple[str, ...], said: str) -> None:
    result = place.run(*DOWN, *words)

    assert result.exit_code == 2
    assert said in result.stderr


def test_a_broken_playbook_is_said_before_anything_is_read(place: Place) -> None:
    place.write(playbook=PLAYBOOK.replace("fly.releases", "fly.relases"))

    result = place.run(*DOWN)

    assert result.exit_code == 2
    assert "Did you mean fly.releases?" in result.stderr
    assert place.sandbox.ledger.requests == []


def test_the_answer_fits_80_columns(place: Place) -> None:
    assert max(map(len, place.run(*DOWN).stdout.splitlines())) <= 80
