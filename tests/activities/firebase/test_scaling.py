"""More memory, more instances kept warm, a higher ceiling; and starting anew."""

import copy

import pytest
from pydantic import ValidationError

from activities.firebase.client import Firebase
from activities.firebase.restart import Restart
from activities.firebase.scale import Scale
from sandbox.firebase.service import BY_REVISION, Service
from sandbox.firebase.world import FirebaseWorld
from sandbox.mischief import Breakage, Breaking, break_service
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, Rejected
from tests.activities.firebase.acting import carried_out, planned, stopped
from tests.activities.firebase.cases import PURCHASE


@pytest.fixture
def verb(firebase: Firebase) -> Scale:
    return Scale(firebase)


@pytest.fixture
def restart(firebase: Firebase) -> Restart:
    return Restart(firebase)


def limits(service: Service) -> dict[str, str]:
    found: dict[str, str] = service.template["containers"][0]["resources"]["limits"]
    return found


def pin(service: Service) -> None:
    service.traffic = [{"type": BY_REVISION, "revision": service.revisions[0].id, "percent": 100}]
    service.begin(1)
    service.settle()


async def test_more_memory_cures_a_service_that_runs_out_of_it(
    sandbox: Sandbox, verb: Scale, service: Service
) -> None:
    for revision in service.revisions:
        revision.good = True
    break_service(sandbox, Breaking(service="packs", breakage=Breakage.MEMORY, amount=400))
    assert sandbox.services["packs"].measure().error_rate == 1

    await carried_out(verb, await planned(verb, size="512MiB"))

    assert sandbox.services["packs"].measure().error_rate == 0


async def test_everything_else_of_the_template_is_sent_back_as_it_was_read(
    verb: Scale, service: Service
) -> None:
    before = copy.deepcopy(service.template)

    await carried_out(verb, await planned(verb, size="1Gi"))

    after = copy.deepcopy(service.template)
    assert after.pop("annotations") == {"stanch-change": "INC-20261121-7K3QXM/1.1"}
    after["containers"][0]["resources"]["limits"]["memory"] = "256Mi"
    assert after == before


async def test_what_the_container_keeps_in_its_environment_is_not_in_the_change(verb: Scale) -> None:
    change = await planned(verb, size="1Gi")

    assert "wallet-key-of-purchasepack" not in f"{change!r} {change.model_dump_json()}"


@pytest.mark.parametrize(
    ("size", "cpu"), [("1Gi", "1"), ("4Gi", "1"), ("8Gi", "2"), ("16Gi", "4"), ("32Gi", "8")]
)
async def test_memory_that_takes_more_cpu_gets_it(verb: Scale, service: Service, size: str, cpu: str) -> None:
    await carried_out(verb, await planned(verb, size=size))

    assert limits(service) == {"memory": size, "cpu": cpu}


async def test_a_part_of_a_cpu_grows_with_the_memory(verb: Scale, service: Service) -> None:
    service.deployed(cpu="0.1666")

    change = await planned(verb, size="1Gi")

    assert change.units[0].to == {"memory": "1Gi", "cpu": "0.583"}


@pytest.mark.parametrize(
    ("size", "same"), [("1GB", "1Gi"), ("1G", "954Mi"), ("1GiB", "1Gi"), ("0.5Gi", "512Mi")]
)
async def test_sizes_are_read_as_people_write_them(verb: Scale, size: str, same: str) -> None:
    change = await planned(verb, size=size)

    assert change.units[0].to == {"memory": same, "cpu": "1"}


@pytest.mark.parametrize(
    "arguments", [{}, {"size": "huge"}, {"size": "64Gi"}, {"count": 0}, {"count": 2, "size": "1Gi"}]
)
async def test_arguments_that_mean_nothing_are_refused(verb: Scale, arguments: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        await planned(verb, **arguments)


async def test_the_largest_size_caps_memory(verb: Scale, service: Service) -> None:
    change = await planned(verb, size="4Gi", largest_size="512Mi")
    await carried_out(verb, change)

    reached = await planned(verb, size="4Gi", largest_size="512Mi")

    assert limits(service)["memory"] == "512Mi"
    assert "cap reached" in reached.nothing_to_do
    with pytest.raises(PolicyError, match="no amount of memory"):
        await planned(verb, size="4Gi", largest_size="performance-2x")


@pytest.mark.parametrize(
    ("now", "following"), [("128Mi", "256Mi"), ("200M", "256Mi"), ("256Mi", "512Mi"), ("16Gi", "32Gi")]
)
async def test_the_next_size_is_the_next_that_functions_are_offered(
    verb: Scale, service: Service, now: str, following: str
) -> None:
    limits(service)["memory"] = now

    change = await planned(verb, size="+1")

    assert change.units[0].to["memory"] == following


async def test_beyond_the_most_memory_there_is_none(verb: Scale, service: Service) -> None:
    limits(service).update(memory="32Gi", cpu="8")

    change = await planned(verb, size="+1")

    assert change.nothing_to_do == "it has 32Gi already"


async def test_one_more_is_kept_warm(verb: Scale) -> None:
    change = await planned(verb, count="+1")

    assert [(unit.id, unit.was, unit.to) for unit in change.units] == [("warm", 0, 1)]


async def test_the_ceiling_grows_by_one_too(verb: Scale) -> None:
    change = await planned(verb, ceiling="+1", max_count=300)

    assert [unit.to - unit.was for unit in change.units] == [1]


async def test_of_two_owners_limits_the_smaller_memory_holds(verb: Scale) -> None:
    change = await planned(verb, size="4Gi", largest_size=["1Gi", "512Mi"])

    assert change.limits == {"largest_size": "512Mi"}


async def test_a_later_deployment_is_said_to_set_it_back(verb: Scale) -> None:
    change = await planned(verb, size="1Gi")

    assert any("a later firebase deploy sets it back" in effect for effect in change.effects)


async def test_a_new_revision_that_would_get_no_visitors_is_refused(
    verb: Scale, restart: Restart, service: Service
) -> None:
    pin(service)

    for asked in (planned(verb, size="1Gi"), planned(verb, ceiling=200, max_count=300), planned(restart)):
        with pytest.raises(PolicyError) as refused:
            await asked
        assert refused.value.rule == "traffic-pinned"


async def test_instances_kept_warm_help_pinned_visitors_too(verb: Scale, service: Service) -> None:
    pin(service)
    revisions = len(service.revisions)

    await carried_out(verb, await planned(verb, count=2))

    assert (service.scaling, len(service.revisions)) == ({"minInstanceCount": 2}, revisions)


async def test_what_the_revision_keeps_warm_already_counts(verb: Scale, service: Service) -> None:
    service.template["scaling"] = {"minInstanceCount": 3, "maxInstanceCount": 100}

    change = await planned(verb, count=3)

    assert change.nothing_to_do == "3 instances kept warm now"


async def test_no_more_are_kept_warm_than_there_can_be(verb: Scale, service: Service) -> None:
    service.template["scaling"] = {"maxInstanceCount": 2}

    change = await planned(verb, count=4)

    assert change.units[0].to == 2


async def test_the_limit_caps_what_is_kept_warm(verb: Scale) -> None:
    change = await planned(verb, count=40, max_count=3)

    assert (change.units[0].to, change.limits) == (3, {"max_count": 3})


async def test_a_ceiling_that_stands_in_two_places_is_raised_in_both(verb: Scale, service: Service) -> None:
    service.scaling = {"maxInstanceCount": 50}

    change = await planned(verb, ceiling=150, max_count=150)
    await carried_out(verb, change)

    assert service.scaling == {"maxInstanceCount": 150}
    assert service.template["scaling"] == {"maxInstanceCount": 150}
    assert any("--max-instances=150" in command for command in Scale.commands(change))


async def test_a_region_without_cpu_for_a_second_revision_is_said_and_visitors_keep_what_they_have(
    verb: Scale, restart: Restart, service: Service
) -> None:
    serving, service.out_of_quota = service.shares(), True

    for change, asked in ((await planned(verb, size="1Gi"), verb), (await planned(restart), restart)):
        assert "Quota exceeded" in await stopped(asked, change, Rejected)

    assert service.shares() == serving


async def test_a_name_that_a_revision_has_already_is_not_asked_for_again_and_again(
    verb: Scale, service: Service
) -> None:
    service.named = True
    change = await planned(verb, count=3)

    said = await stopped(verb, change, Rejected)

    assert f"Revision named '{service.revisions[0].id}' with different configuration already exists" in said
    assert "take the revision's name out of its template" in said


async def test_a_service_that_people_scale_by_hand_is_left_to_them(verb: Scale, service: Service) -> None:
    service.scaling = {"scalingMode": "MANUAL", "manualInstanceCount": 2}

    with pytest.raises(PolicyError) as refused:
        await planned(verb, count=4)

    assert refused.value.rule == "manual-scaling"


async def test_a_revision_that_does_not_start_is_said(verb: Scale, service: Service) -> None:
    change = await planned(verb, size="1Gi")
    await verb.write(change, change.units[0])
    service.revisions[0].starts = False

    said = await stopped(verb, change, Rejected)

    assert "not found" in said


async def test_what_somebody_else_began_is_over_before_a_revision_is_made(
    sandbox: Sandbox, verb: Scale, service: Service
) -> None:
    change = await planned(verb, size="1Gi")
    service.build()
    theirs = service.revisions[0].image

    waited = await carried_out(verb, change)

    assert "is being changed" in waited[0]
    assert (service.revisions[0].image, limits(service)["memory"]) == (theirs, "1Gi")


async def test_a_first_generation_function_is_not_scaled(verb: Scale) -> None:
    target = PURCHASE.model_copy(update={"at": {**PURCHASE.at, "function": "nightlyReport"}})

    with pytest.raises(PolicyError, match="1st-generation"):
        await planned(verb, target, count=2)


async def test_a_restart_cures_instances_that_hang(
    sandbox: Sandbox, restart: Restart, service: Service
) -> None:
    for revision in service.revisions:
        revision.good = True
    break_service(sandbox, Breaking(service="packs", breakage=Breakage.STUCK))
    before = service.revisions[0]

    await carried_out(restart, await planned(restart))

    after = service.revisions[0]
    assert (after.image, after.memory_mb, after.id != before.id) == (before.image, before.memory_mb, True)
    assert sandbox.services["packs"].measure().error_rate == 0


async def test_a_deployment_since_planning_is_no_restart_of_ours(sandbox: Sandbox, restart: Restart) -> None:
    change = await planned(restart)
    sandbox.of(FirebaseWorld).deploy("purchasePack")

    await stopped(restart, change, Moved)

    assert sandbox.ledger.effects() == []
