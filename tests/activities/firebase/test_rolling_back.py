"""Traffic moved to an earlier revision, and back."""

import asyncio
from datetime import timedelta

import pytest

from activities.converging import converge
from activities.firebase.client import Firebase
from activities.firebase.readings import ReadReleases
from activities.firebase.roll_back import RollBack
from activities.firebase.scale import Scale
from sandbox.faults import Fault
from sandbox.firebase.project import Project
from sandbox.firebase.service import BY_REVISION, LATEST, Service
from sandbox.firebase.world import FirebaseWorld
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, Rejected, Still, Unauthorized
from stanch.model.change import Target
from tests.activities.contract.bench import Line
from tests.activities.contract.case import AT
from tests.activities.firebase.acting import carried_out, planned, read, stopped
from tests.activities.firebase.cases import PURCHASE

ON_LATEST = [{"type": LATEST, "percent": 100}]


def at(function: str = "", **place: str) -> Target:
    return PURCHASE.model_copy(update={"at": {"project": "ensei-example", "function": function, **place}})


@pytest.fixture
def verb(firebase: Firebase) -> RollBack:
    return RollBack(firebase)


async def test_visitors_get_the_ready_revision_before_and_the_service_is_well_again(
    sandbox: Sandbox, verb: RollBack, service: Service
) -> None:
    bad, good, _ = service.revisions
    change = await planned(verb)

    await carried_out(verb, change)

    assert change.units[0].was == f"LATEST:{bad.id}=100"
    assert change.units[0].to == f"{good.id}=100"
    assert service.shares() == {good.id: 100}
    assert sandbox.services["packs"].measure().error_rate == 0


async def test_a_function_is_the_service_that_it_names_in_lower_case(verb: RollBack) -> None:
    change = await planned(verb)

    (command,) = RollBack.commands(change)

    goal = str(change.units[0].to)
    assert change.settings["service"].endswith("/services/purchasepack")
    assert command == (
        f"gcloud run services update-traffic purchasepack --to-revisions={goal}"
        " --region=us-central1 --project=ensei-example"
    )
    assert "--to-latest" in RollBack.commands(change.undone())[0]


async def test_a_cloud_run_service_needs_no_function(verb: RollBack, service: Service) -> None:
    change = await planned(verb, at(service="purchasepack", region="us-central1"))

    await carried_out(verb, change)

    assert service.shares() == {service.revisions[1].id: 100}


async def test_the_first_generation_has_no_rollback_and_says_what_to_do(verb: RollBack) -> None:
    with pytest.raises(PolicyError, match="deploy the earlier commit again") as refused:
        await planned(verb, at("nightlyReport"))

    assert refused.value.rule == "not-offered"


async def test_what_is_neither_function_nor_service_is_refused(verb: RollBack) -> None:
    with pytest.raises(PolicyError, match="write function: or service:"):
        await planned(
            verb, Target(provider="firebase", name="ensei-example", at={"project": "ensei-example"})
        )


async def test_a_function_that_does_not_exist_is_refused_by_the_vendor(verb: RollBack) -> None:
    with pytest.raises(Rejected, match="404"):
        await planned(verb, at("nobodysFunction"))


async def test_people_are_told_that_visitors_stay_pinned(verb: RollBack) -> None:
    change = await planned(verb)

    assert any("a later firebase deploy builds gets no visitors" in effect for effect in change.effects)
    assert any("environment and memory go back" in effect for effect in change.effects)


async def test_what_is_deployed_while_visitors_are_pinned_gets_none(
    sandbox: Sandbox, verb: RollBack, service: Service
) -> None:
    change = await planned(verb)
    await carried_out(verb, change)
    good = service.revisions[1].id

    sandbox.of(FirebaseWorld).deploy("purchasePack")

    assert service.shares() == {good: 100}


async def test_events_in_flight_are_spoken_of_where_events_call_the_function(
    verb: RollBack, project: Project
) -> None:
    project.functions["us-central1/purchasePack"].trigger = {"eventType": "google.cloud.firestore"}

    change = await planned(verb)

    assert "events that are in flight are not replayed" in change.effects


async def test_a_deployment_that_is_under_way_is_left_alone(sandbox: Sandbox, verb: RollBack) -> None:
    sandbox.of(FirebaseWorld).deploy("purchasePack", in_progress=True)

    with pytest.raises(PolicyError) as refused:
        await planned(verb)

    assert refused.value.rule == "deployment-in-progress"


async def test_a_deployment_that_never_ended_is_nobodys_work(
    sandbox: Sandbox, firebase: Firebase, project: Project, service: Service
) -> None:
    sandbox.of(FirebaseWorld).deploy("purchasePack", in_progress=True)
    project.functions["us-central1/purchasePack"].updated -= timedelta(hours=3)
    service.changed = AT - timedelta(hours=3)
    before = await read(ReadReleases(firebase))
    scale, verb = Scale(firebase), RollBack(firebase)

    await carried_out(scale, await planned(scale, count=2))
    service.deploying, service.changed = True, AT - timedelta(hours=3)
    await carried_out(verb, await planned(verb, release=service.revisions[2].id))

    assert before.deploying is False
    assert (service.scaling, service.shares()) == ({"minInstanceCount": 2}, {service.revisions[2].id: 100})


async def test_revisions_that_never_were_ready_are_passed_over(verb: RollBack, service: Service) -> None:
    service.revisions[1].ready = False
    oldest = service.revisions[2].id

    change = await planned(verb)

    assert change.units[0].to == f"{oldest}=100"


async def test_a_deployment_that_failed_to_start_does_not_stand_in_the_way(
    verb: RollBack, service: Service
) -> None:
    good = service.revisions[1].id
    service.build()
    service.revisions[0].starts = False
    service.settle()

    change = await planned(verb)
    await carried_out(verb, change)

    assert service.shares() == {good: 100}
    assert service.trouble


async def test_without_an_earlier_ready_revision_there_is_nothing_to_go_back_to(
    verb: RollBack, service: Service
) -> None:
    del service.revisions[1:]

    with pytest.raises(PolicyError) as refused:
        await planned(verb)

    assert refused.value.rule == "nothing-to-roll-back-to"


async def test_a_revision_can_be_named_and_must_be_ready(verb: RollBack, service: Service) -> None:
    oldest = service.revisions[2]

    change = await planned(verb, release=oldest.id)

    assert change.units[0].to == f"{oldest.id}=100"
    oldest.ready = False
    with pytest.raises(PolicyError, match="none of the last ready revisions"):
        await planned(verb, release=oldest.id)


async def test_what_stanch_went_back_from_is_not_gone_back_to(
    sandbox: Sandbox, verb: RollBack, service: Service
) -> None:
    bad, good, _ = (one.id for one in service.revisions)
    await carried_out(verb, await planned(verb))
    sandbox.of(FirebaseWorld).deploy("purchasePack", good=False)
    service.traffic = [*ON_LATEST]
    service.begin(1)
    service.settle()

    change = await planned(verb)

    assert service.annotations == {"stanch-left": bad}
    assert change.units[0].to == f"{good}=100"


async def test_the_undo_restores_a_split_with_its_tags_exactly(verb: RollBack, service: Service) -> None:
    newest, middle, oldest = (one.id for one in service.revisions)
    before = [
        {"type": BY_REVISION, "revision": middle, "percent": 20},
        {"type": LATEST, "percent": 80},
        {"type": BY_REVISION, "revision": oldest, "percent": 0, "tag": "canary"},
    ]
    service.traffic = before
    service.settle()
    change = await planned(verb)
    await carried_out(verb, change)
    during = service.traffic

    await carried_out(verb, change.undone())

    assert service.shares() == {middle: 20, newest: 80}
    assert sorted(service.traffic, key=str) == sorted(before, key=str)
    assert {one.get("tag"): one["percent"] for one in during} == {None: 100, "canary": 0}
    assert service.annotations == {}


async def test_the_undo_is_refused_when_latest_means_another_revision_by_now(
    sandbox: Sandbox, verb: RollBack, service: Service
) -> None:
    change = await planned(verb)
    await carried_out(verb, change)
    sandbox.of(FirebaseWorld).deploy("purchasePack")
    newest = service.revisions[0].id

    said = await stopped(verb, change.undone(), Moved)

    assert f"{newest} was deployed since" in said


async def test_a_revision_whose_image_is_gone_is_said_and_visitors_keep_what_they_had(
    verb: RollBack, service: Service
) -> None:
    bad, good, _ = service.revisions
    good.starts = False
    change = await planned(verb)

    said = await stopped(verb, change, Rejected)

    assert "Image" in said
    assert "not found" in said
    assert service.shares() == {bad.id: 100}
    await carried_out(verb, change.undone())
    assert service.traffic == ON_LATEST


async def test_the_same_is_said_by_a_worker_that_did_not_ask_for_it(
    verb: RollBack, firebase: Firebase, service: Service
) -> None:
    service.revisions[1].starts = False
    change = await planned(verb)
    with pytest.raises(Still):
        await converge(verb, change, set())
    firebase._operations.clear()

    said = await stopped(verb, change, Rejected)

    assert "does not send visitors to" in said
    assert "not found" in said


async def test_an_operation_that_google_forgot_is_over(
    verb: RollBack, project: Project, service: Service
) -> None:
    change = await planned(verb)
    with pytest.raises(Still):
        await converge(verb, change, set())
    project.operations.clear()

    await carried_out(verb, change)

    assert service.shares() == {service.revisions[1].id: 100}


async def test_an_etag_that_is_no_longer_current_is_looked_at_again(
    sandbox: Sandbox, verb: RollBack, line: Line, service: Service
) -> None:
    change = await planned(verb)

    def somebody_scales() -> None:
        service.scaling = {"minInstanceCount": 1}
        service.begin(1)

    line.before(1, somebody_scales)

    waited = await carried_out(verb, change)

    assert "409" in waited[0]
    assert service.scaling == {"minInstanceCount": 1}
    assert [effect.operation for effect in sandbox.ledger.effects()] == ["firebase.move_traffic"]


async def test_a_deployment_that_comes_between_reading_and_writing_is_not_overtaken(
    sandbox: Sandbox, verb: RollBack, line: Line
) -> None:
    change = await planned(verb)
    line.before(1, lambda: sandbox.of(FirebaseWorld).deploy("purchasePack"))

    said = await stopped(verb, change, Exception)

    assert "409" in said
    assert "was deployed since" in await stopped(verb, change, Moved)
    assert sandbox.ledger.effects() == []


async def test_going_back_from_our_own_larger_revision_goes_back_to_older_code(
    verb: RollBack, firebase: Firebase, service: Service
) -> None:
    good = service.revisions[1].id
    scale = Scale(firebase)
    await carried_out(scale, await planned(scale, size="512Mi"))

    change = await planned(verb)

    assert change.units[0].to == f"{good}=100"


async def test_two_looks_at_once_do_not_disturb_each_other(verb: RollBack) -> None:
    change = await planned(verb)

    one, other = await asyncio.gather(*(verb.survey(change, frozenset()) for _ in range(2)))

    assert one == other


async def test_a_right_that_was_given_a_moment_ago_may_not_have_arrived_which_is_said(
    sandbox: Sandbox, verb: RollBack
) -> None:
    sandbox.of(FirebaseWorld).rights_arrive = AT + timedelta(minutes=7)
    with pytest.raises(Unauthorized, match="two minutes to arrive, at times seven"):
        await planned(verb)
    sandbox.pass_time(timedelta(minutes=7))

    assert (await planned(verb)).units


async def test_a_refused_right_is_named(sandbox: Sandbox, verb: RollBack) -> None:
    change = await planned(verb)
    sandbox.of(FirebaseWorld).withheld.add("run.services.update")

    said = await stopped(verb, change, Rejected)

    assert "run.services.update" in said
    assert "a right that was given a moment ago" in said


async def test_a_service_that_is_overloaded_with_requests_is_asked_later(
    sandbox: Sandbox, verb: RollBack
) -> None:
    sandbox.order(Fault(status=429, method="GET"))

    with pytest.raises(Exception, match="429"):
        await planned(verb)
