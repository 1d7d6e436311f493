"""A revision may be ready and not start: its image is deleted after a day."""

from datetime import timedelta

import pytest

from activities.converging import converge
from activities.firebase import prove
from activities.firebase.client import Firebase
from activities.firebase.restart import Restart
from activities.firebase.roll_back import RollBack
from activities.firebase.scale import Scale
from sandbox.faults import Fault
from sandbox.firebase.project import Project
from sandbox.firebase.service import Service
from sandbox.firebase.world import FirebaseWorld
from sandbox.world import Sandbox
from stanch.errors import PolicyError, Rejected, Unavailable
from tests.activities.firebase.acting import carried_out, planned, stopped
from tests.activities.firebase.cases import PURCHASE

REGISTRY = "/artifactregistry/"


@pytest.fixture
def verb(firebase: Firebase) -> RollBack:
    return RollBack(firebase)


async def test_a_revision_whose_image_is_deleted_is_passed_over(verb: RollBack, service: Service) -> None:
    bad, good, oldest = service.revisions
    service.deleted_images.add(good.image)

    change = await planned(verb)
    await carried_out(verb, change)

    assert change.units[0].to == f"{oldest.id}=100"
    assert f"the images of {good.id} are deleted" in change.because
    assert (service.shares(), bad.ready) == ({oldest.id: 100}, True)


async def test_where_every_image_is_deleted_nothing_is_gone_back_to_and_the_way_out_is_said(
    verb: RollBack, service: Service
) -> None:
    service.images_kept_for = timedelta(days=1)

    with pytest.raises(PolicyError, match="deploy that commit again") as refused:
        await planned(verb)

    assert refused.value.rule == "nothing-to-roll-back-to"
    assert "functions:artifacts:setpolicy" in str(refused.value)


async def test_a_revision_that_is_named_and_has_no_image_is_refused(verb: RollBack, service: Service) -> None:
    service.images_kept_for = timedelta(days=1)

    with pytest.raises(PolicyError) as refused:
        await planned(verb, release=service.revisions[1].id)

    assert refused.value.rule == "image-gone"


async def test_an_image_is_known_by_its_digest_for_its_tag_may_have_moved(
    sandbox: Sandbox, verb: RollBack
) -> None:
    await planned(verb)

    asked = [seen.path for seen in sandbox.ledger.requests if REGISTRY in seen.path]
    assert asked
    assert all("/versions/sha256:" in path for path in asked)


async def test_a_way_back_that_is_lost_with_the_last_visitor_is_said(
    verb: RollBack, service: Service
) -> None:
    bad, good, _ = service.revisions
    service.deleted_images.add(bad.image)

    change = await planned(verb)

    assert change.units[0].to == f"{good.id}=100"
    assert any(f"the image of {bad.id} is deleted" in effect for effect in change.effects)


@pytest.mark.parametrize("why", ["withheld", "switched off", "away"])
async def test_an_image_that_cannot_be_read_ends_nothing_and_is_said(
    sandbox: Sandbox, project: Project, verb: RollBack, service: Service, why: str
) -> None:
    match why:
        case "withheld":
            sandbox.of(FirebaseWorld).withheld.add("artifactregistry.versions.get")
        case "switched off":
            project.switched_off.add("Artifact Registry API")
        case _:
            sandbox.order(Fault(status=503, path=REGISTRY, times=None))

    change = await planned(verb)

    good = service.revisions[1].id
    assert change.units[0].to == f"{good}=100"
    assert any(f"whether {good} still has its image was not read" in effect for effect in change.effects)


async def test_what_makes_a_new_revision_of_a_deleted_image_is_refused(
    firebase: Firebase, service: Service
) -> None:
    for revision in service.revisions:
        revision.created -= timedelta(days=2)
    service.images_kept_for = timedelta(days=1)
    restart, scale = Restart(firebase), Scale(firebase)

    for asked in (planned(restart), planned(scale, size="1Gi"), planned(scale, ceiling=200, max_count=300)):
        with pytest.raises(PolicyError, match="would not start") as refused:
            await asked
        assert refused.value.rule == "image-gone"


async def test_instances_kept_warm_are_of_the_copy_that_serves(firebase: Firebase, service: Service) -> None:
    service.images_kept_for = timedelta(seconds=1)
    scale = Scale(firebase)

    await carried_out(scale, await planned(scale, count=2))

    assert service.scaling == {"minInstanceCount": 2}


async def test_an_image_that_is_deleted_after_planning_is_said_by_the_vendor(
    sandbox: Sandbox, verb: RollBack, service: Service
) -> None:
    bad = service.revisions[0].id
    service.images_kept_for = timedelta(days=2, hours=1)
    change = await planned(verb)
    sandbox.pass_time(timedelta(hours=2))

    said = await stopped(verb, change, Rejected)

    assert "not found" in said
    assert service.shares() == {bad: 100}


async def test_a_template_that_was_read_without_its_containers_is_not_sent_back(
    sandbox: Sandbox, firebase: Firebase, service: Service
) -> None:
    scale = Scale(firebase)
    change = await planned(scale, ceiling=200, max_count=300)
    service.template["containers"] = []

    with pytest.raises(Unavailable, match="without its containers"):
        await converge(scale, change, set())

    assert sandbox.ledger.effects() == []


async def test_a_check_says_whether_there_is_a_way_back_tonight(firebase: Firebase, service: Service) -> None:
    good = service.revisions[1].id
    kept = await prove(firebase, PURCHASE)
    service.images_kept_for = timedelta(days=1)

    gone = await prove(firebase, PURCHASE)

    assert f"{good} is there to go back to" in kept.saw
    assert "there is no revision to go back to" in gone.saw
    assert "functions:artifacts:setpolicy" in gone.saw
