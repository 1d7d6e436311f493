"""An invalidation at CloudFront: once, by its reference, and until every edge has it."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from activities.aws.client import Aws
from activities.aws.purge_cache import PurgeCache
from activities.converging import converge
from sandbox.aws.keys import AwsKey
from sandbox.aws.managed import Distribution, Invalidation
from sandbox.aws.scenes import DISTRIBUTION
from sandbox.aws.world import AwsWorld
from sandbox.faults import Fault, Trouble
from sandbox.timetable import Timetable
from sandbox.world import Sandbox
from stanch.errors import PolicyError, Rejected, Still, Unauthorized, Unavailable
from stanch.model.change import Delivery, UndoKind
from tests.activities.aws.cases import API
from tests.activities.aws.doing import aws_of, carried_out, operations, planned, requests
from tests.activities.contract.case import AT, MARKER

EVERYTHING: dict[str, Any] = {"distribution": DISTRIBUTION}


@pytest.fixture
def distribution(world: AwsWorld) -> Distribution:
    return world.distributions[DISTRIBUTION]


def of_somebody(sandbox: Sandbox, number: int, seconds: float = 0, path: str = "/app/*") -> Invalidation:
    timetable = Timetable(sandbox.clock)
    timetable.set_out((seconds, "Completed"))
    return Invalidation(f"I9SOMEBODY{number}", f"release-{number}", [path], AT, timetable)


async def test_everything_is_invalidated_and_whole_only_when_cloudfront_says_so(
    sandbox: Sandbox, aws: Aws, distribution: Distribution
) -> None:
    change = await planned(PurgeCache(aws), **EVERYTHING)
    with pytest.raises(Still, match="InProgress"):
        await converge(PurgeCache(aws), change, set())
    assert distribution.invalidations[0].status == "InProgress"

    await carried_out(sandbox, PurgeCache(aws), change)

    ours = distribution.invalidations[0]
    assert (ours.reference, ours.paths, ours.status) == (MARKER, ["/*"], "Completed")
    assert (change.delivery, change.undo.kind) == (Delivery.ONCE, UndoKind.NONE)
    assert "finish off a sick one" in change.effects[0]


async def test_some_paths_are_named_once_each_and_written_as_they_are(
    sandbox: Sandbox, aws: Aws, distribution: Distribution
) -> None:
    paths = ["/a&b?x=<1>", "/app/*", "/app/*", "/c", "/d"]
    change = await planned(PurgeCache(aws), **EVERYTHING, paths=paths)

    await carried_out(sandbox, PurgeCache(aws), change)

    assert distribution.invalidations[0].paths == ["/a&b?x=<1>", "/app/*", "/c", "/d"]
    assert change.summary.startswith("invalidate /a&b?x=<1>, /app/*, /c and 1 more of")
    assert "--invalidation-batch" in PurgeCache.commands(change)[0]


async def test_what_carries_a_tag_is_invalidated_in_front_of_the_target(
    sandbox: Sandbox, aws: Aws, distribution: Distribution
) -> None:
    behind = API.model_copy(update={"at": {**API.at, "distribution": DISTRIBUTION}})
    change = await planned(PurgeCache(aws), target=behind, tags=["home", "prices", "home"])

    await carried_out(sandbox, PurgeCache(aws), change)

    assert distribution.invalidations[0].paths == ["#home", "#prices"]
    assert "a distribution without CacheTagConfig has read no tags" in change.effects[-1]


async def test_without_a_distribution_anywhere_nothing_is_invalidated(aws: Aws) -> None:
    with pytest.raises(PolicyError, match="api has no distribution: write distribution: ID"):
        await planned(PurgeCache(aws))


@pytest.mark.parametrize("tags", [["a,b"], ["two words"], [""], ["straße"]])
async def test_tags_that_cloudfront_would_misread_are_refused(aws: Aws, tags: list[str]) -> None:
    with pytest.raises(ValidationError):
        await planned(PurgeCache(aws), **EVERYTHING, tags=tags)


async def test_tags_and_paths_are_not_mixed(aws: Aws) -> None:
    with pytest.raises(ValidationError, match="give tags or paths"):
        await planned(PurgeCache(aws), **EVERYTHING, tags=["home"], paths=["/a"])


async def test_a_lost_answer_leaves_one_invalidation_though_a_release_asks_for_others_meanwhile(
    sandbox: Sandbox, aws: Aws, distribution: Distribution
) -> None:
    distribution.page = 1
    change = await planned(PurgeCache(aws), **EVERYTHING)
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, path="CreateInvalidation"))
    with pytest.raises(Unavailable):
        await converge(PurgeCache(aws), change, set())
    distribution.invalidations[:0] = [of_somebody(sandbox, 2), of_somebody(sandbox, 1)]

    await carried_out(sandbox, PurgeCache(aws), change)

    assert operations(sandbox) == ["create_invalidation"]
    assert requests(sandbox).count("cloudfront/CreateInvalidation") == 1


async def test_asked_twice_cloudfront_answers_with_the_first_one(
    sandbox: Sandbox, aws: Aws, distribution: Distribution
) -> None:
    verb = PurgeCache(aws)
    change = await planned(verb, **EVERYTHING)

    await verb.write(change, change.units[0])
    await verb.write(change, change.units[0])

    assert (operations(sandbox), len(distribution.invalidations)) == (["create_invalidation"], 2)


async def test_one_that_no_list_shows_yet_is_no_success(aws: Aws, distribution: Distribution) -> None:
    verb = PurgeCache(aws)
    change = await planned(verb, **EVERYTHING)

    (place,) = (await verb.survey(change, frozenset({DISTRIBUTION}))).places

    assert "lists no such invalidation yet" in place.settling


async def test_a_list_that_lost_what_was_on_it_is_not_believed(
    sandbox: Sandbox, aws: Aws, distribution: Distribution
) -> None:
    change = await planned(PurgeCache(aws), **EVERYTHING)
    distribution.invalidations.clear()

    with pytest.raises(Rejected, match="and there was one"):
        await converge(PurgeCache(aws), change, set())

    assert operations(sandbox) == []


async def test_while_too_many_are_in_progress_it_is_asked_again_later(
    sandbox: Sandbox, aws: Aws, distribution: Distribution
) -> None:
    distribution.invalidations[:0] = [of_somebody(sandbox, number, seconds=500) for number in range(15)]
    change = await planned(PurgeCache(aws), **EVERYTHING)

    with pytest.raises(Unavailable, match="TooManyInvalidationsInProgress"):
        await converge(PurgeCache(aws), change, set())

    sandbox.pass_time(timedelta(minutes=10))
    await carried_out(sandbox, PurgeCache(aws), change)
    assert operations(sandbox) == ["create_invalidation"]


async def test_a_reference_that_was_used_for_other_paths_is_said(
    aws: Aws, distribution: Distribution
) -> None:
    change = await planned(PurgeCache(aws), **EVERYTHING)
    distribution.invalidations[-1].reference = MARKER

    with pytest.raises(Rejected, match="InvalidationBatchAlreadyExists"):
        await converge(PurgeCache(aws), change, set())


async def test_a_distribution_that_is_not_there_is_said_when_it_is_planned(aws: Aws) -> None:
    with pytest.raises(Rejected, match="NoSuchDistribution"):
        await planned(PurgeCache(aws), distribution="E2NOTTHERE")


async def test_who_may_only_read_is_told_which_permission_is_missing(sandbox: Sandbox) -> None:
    verb = PurgeCache(aws_of(sandbox, AwsKey.READ_ONLY))
    change = await planned(verb, **EVERYTHING)

    with pytest.raises(Unauthorized, match="it lacks cloudfront:CreateInvalidation"):
        await converge(verb, change, set())


@pytest.mark.parametrize(
    "paths",
    [
        [],
        ["app/*"],
        ["/a*/b"],
        ["/two words"],
        ["/straße"],
        [f"/{number}/*" for number in range(16)],
        [f"/{number}" for number in range(3001)],
    ],
    ids=["none", "no slash", "a wildcard inside", "a space", "no percent form", "wildcards", "too many"],
)
async def test_paths_that_cloudfront_would_refuse_or_misread_are_refused(aws: Aws, paths: list[str]) -> None:
    with pytest.raises(ValidationError):
        await planned(PurgeCache(aws), **EVERYTHING, paths=paths)
