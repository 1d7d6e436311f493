"""Hosting and App Hosting: what is safe to go back to, and what is refused."""

from datetime import timedelta

import pytest

from activities.firebase.client import Firebase
from activities.firebase.hosting_readings import ReadHosting, ReadRollouts
from activities.firebase.roll_back_app_hosting import RollBackAppHosting
from activities.firebase.roll_back_hosting import RollBackHosting
from sandbox.firebase.backend import Backend
from sandbox.firebase.project import Project
from sandbox.firebase.site import Site
from sandbox.firebase.world import FirebaseWorld
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, Rejected
from stanch.model.change import Change, Target
from tests.activities.contract.case import AT
from tests.activities.firebase.acting import carried_out, planned, read, stopped
from tests.activities.firebase.cases import ADMIN, SITE


@pytest.fixture
def verb(firebase: Firebase) -> RollBackHosting:
    return RollBackHosting(firebase)


@pytest.fixture
def builds(firebase: Firebase) -> RollBackAppHosting:
    return RollBackAppHosting(firebase)


@pytest.fixture
def site(project: Project) -> Site:
    return project.sites["ensei-example"]


@pytest.fixture
def backend(project: Project) -> Backend:
    return project.backends["us-central1/pack-admin"]


def versions(site: Site) -> list[str]:
    return [*site.versions]


async def test_the_site_is_well_again_and_the_release_names_its_incident(
    sandbox: Sandbox, verb: RollBackHosting, site: Site
) -> None:
    await carried_out(verb, await planned(verb, SITE))

    assert sandbox.services["pack-site"].measure().error_rate == 0
    assert (site.live, site.releases[0].message) == (versions(site)[1], "INC-20261121-7K3QXM/1.1")
    assert site.releases[0].type == "ROLLBACK"


async def test_edges_that_serve_what_was_before_are_told_of_beforehand(
    sandbox: Sandbox, verb: RollBackHosting, site: Site
) -> None:
    site.edges_late = timedelta(minutes=5)
    change = await planned(verb, SITE)
    await carried_out(verb, change)
    before = sandbox.services["pack-site"].measure().error_rate
    sandbox.pass_time(timedelta(minutes=5))

    after = sandbox.services["pack-site"].measure().error_rate

    assert any("some edges of the CDN" in effect for effect in change.effects)
    assert (before, after) == (1, 0)


async def test_versions_that_retention_deleted_are_passed_over(verb: RollBackHosting, site: Site) -> None:
    oldest, middle, _ = versions(site)
    site.versions[middle].status = "DELETED"

    change = await planned(verb, SITE)

    assert change.units[0].to == oldest
    with pytest.raises(PolicyError, match="still kept"):
        await planned(verb, SITE, release=middle)


async def test_a_version_that_somebody_went_back_from_is_passed_over(
    sandbox: Sandbox, verb: RollBackHosting, site: Site
) -> None:
    _, middle, _ = versions(site)
    await carried_out(verb, await planned(verb, SITE))
    sandbox.pass_time(timedelta(minutes=5))
    sandbox.of(FirebaseWorld).deploy("site ensei-example", good=False)

    change = await planned(verb, SITE)

    assert change.units[0].to == middle


async def test_a_site_that_was_switched_off_is_left_so(verb: RollBackHosting, site: Site) -> None:
    site.release(None)

    with pytest.raises(PolicyError, match="shows nothing"):
        await planned(verb, SITE)


async def test_a_site_with_one_version_has_nothing_to_go_back_to(verb: RollBackHosting, site: Site) -> None:
    del site.releases[1:]

    with pytest.raises(PolicyError) as refused:
        await planned(verb, SITE)

    assert refused.value.rule == "nothing-to-roll-back-to"


async def test_a_target_without_a_site_says_what_to_write(verb: RollBackHosting) -> None:
    with pytest.raises(PolicyError, match="write site:"):
        await planned(verb, Target(provider="firebase", name="p", at={"project": "ensei-example"}))


def test_the_command_clones_the_version_onto_the_live_site() -> None:
    change = Change.model_validate(
        {
            "verb": "firebase.roll_back_hosting",
            "kind": "state",
            "target": SITE.model_dump(),
            "units": [{"id": "live", "was": "a", "to": "b"}],
            "undo": {"kind": "restores"},
            "summary": "",
            "settings": {"site": "ensei-example"},
        }
    )

    (command,) = RollBackHosting.commands(change)

    assert command == ("firebase hosting:clone ensei-example:@b ensei-example:live --project ensei-example")


async def test_the_release_that_went_live_shortly_before_is_suspect_and_an_old_one_is_not(
    firebase: Firebase,
) -> None:
    soon = await read(ReadHosting(firebase), SITE, first_bad_at=AT - timedelta(minutes=5))
    late = await read(ReadHosting(firebase), SITE, first_bad_at=AT + timedelta(hours=3))

    assert (soon.is_suspect, late.is_suspect) == (True, False)


async def test_a_build_that_was_live_before_is_rolled_out_without_being_built(
    sandbox: Sandbox, builds: RollBackAppHosting, backend: Backend
) -> None:
    change = await planned(builds, ADMIN)

    await carried_out(builds, change)

    assert (backend.live, len(backend.builds)) == ("build-2026-11-002", 3)
    assert backend.rollouts[0].id == "inc-20261121-7k3qxm-1-1"
    assert sandbox.services["pack-admin"].measure().error_rate == 0
    assert any("the next push to main goes live over it" in effect for effect in change.effects)


async def test_a_rollout_that_is_under_way_is_left_alone(
    sandbox: Sandbox, builds: RollBackAppHosting
) -> None:
    change = await planned(builds, ADMIN)
    sandbox.of(FirebaseWorld).deploy("backend pack-admin", in_progress=True)

    with pytest.raises(PolicyError) as refused:
        await planned(builds, ADMIN)

    assert refused.value.rule == "deployment-in-progress"
    assert "is under way" in await stopped(builds, change, Moved)


async def test_a_rollout_that_never_ended_holds_up_nobody(
    sandbox: Sandbox, builds: RollBackAppHosting, backend: Backend
) -> None:
    sandbox.of(FirebaseWorld).deploy("backend pack-admin", in_progress=True)
    backend.rollouts[0].created -= timedelta(hours=7)
    backend.rollouts[0].state = "PAUSED"
    change = await planned(builds, ADMIN)

    await carried_out(builds, change)

    assert backend.live == change.units[0].to


async def test_a_rollout_that_failed_is_said_with_its_reason(
    builds: RollBackAppHosting, backend: Backend
) -> None:
    change = await planned(builds, ADMIN)
    backend.expired.add(str(change.units[0].to))

    said = await stopped(builds, change, Rejected)

    assert "has expired" in said


async def test_a_build_that_stanch_went_back_from_is_passed_over(
    sandbox: Sandbox, builds: RollBackAppHosting, backend: Backend, firebase: Firebase
) -> None:
    await carried_out(builds, await planned(builds, ADMIN))
    sandbox.pass_time(timedelta(minutes=5))
    sandbox.of(FirebaseWorld).deploy("backend pack-admin", good=False)

    found = await read(ReadRollouts(firebase), ADMIN, as_of=AT + timedelta(minutes=6))

    assert (found.version, found.previous_version) == ("build-2026-11-004", "build-2026-11-002")


async def test_a_build_can_be_named_and_must_have_been_live(builds: RollBackAppHosting) -> None:
    change = await planned(builds, ADMIN, release="build-2026-11-001")

    assert change.units[0].to == "build-2026-11-001"
    with pytest.raises(PolicyError, match="were live"):
        await planned(builds, ADMIN, release="build-2026-11-009")
