"""A larger class for a database, and plain parameters."""

import pytest

from activities.aws.classes import above, rank
from activities.aws.client import Aws
from activities.aws.rds.scale import ScaleDatabase
from activities.aws.set_parameter import SetParameter
from activities.converging import converge
from sandbox.aws.scenes import PARAMETER
from sandbox.aws.world import REGION, AwsWorld
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, Still
from stanch.model.verb import Approval
from tests.activities.aws.cases import DATABASE, put
from tests.activities.aws.doing import carried_out, operations, planned, refused


async def test_the_class_that_is_pending_is_what_the_database_becomes(
    sandbox: Sandbox, world: AwsWorld, aws: Aws
) -> None:
    verb = ScaleDatabase(aws)
    change = await planned(verb, target=DATABASE, size="db.t4g.large")

    with pytest.raises(Still, match=r"db\.t4g\.medium is becoming db\.t4g\.large"):
        await converge(verb, change, set())

    assert (world.databases["api-db"].size, world.databases["api-db"].pending) == (
        "db.t4g.medium",
        "db.t4g.large",
    )
    await carried_out(sandbox, verb, change)
    assert (world.databases["api-db"].size, operations(sandbox)) == ("db.t4g.large", ["modify_database"])


async def test_another_family_is_refused(aws: Aws) -> None:
    rule = await refused(ScaleDatabase(aws), target=DATABASE, size="db.r8g.large")

    assert rule == "other-family"


async def test_a_larger_class_than_allowed_is_capped(aws: Aws) -> None:
    arguments = {"target": DATABASE, "size": "db.t4g.2xlarge"}

    change = await planned(ScaleDatabase(aws), **arguments, largest_size="db.t4g.large")
    at_the_cap = await planned(ScaleDatabase(aws), **arguments, largest_size="db.t4g.medium")

    assert [unit.to for unit in change.units] == ["db.t4g.large"]
    assert (at_the_cap.units, "cap reached" in at_the_cap.nothing_to_do) == ((), True)
    assert ScaleDatabase.spec.floor is Approval.TWO


async def test_of_two_owners_limits_the_smaller_class_holds(aws: Aws) -> None:
    arguments = {"target": DATABASE, "size": "db.t4g.2xlarge"}

    change = await planned(ScaleDatabase(aws), **arguments, largest_size=["db.t4g.xlarge", "db.t4g.large"])

    assert [unit.to for unit in change.units] == ["db.t4g.large"]


async def test_a_limit_of_another_vendor_allows_nothing(aws: Aws) -> None:
    rule = await refused(
        ScaleDatabase(aws), target=DATABASE, size="db.t4g.large", largest_size="shared-cpu-2x"
    )

    assert rule == "no-such-class"


@pytest.mark.parametrize(
    ("size", "offered", "becomes"),
    [
        ("db.t4g.medium", ("micro", "medium", "large", "xlarge"), "db.t4g.large"),
        ("db.r6g.xlarge", ("xlarge", "4xlarge"), "db.r6g.4xlarge"),
    ],
)
async def test_one_more_is_the_next_class_that_rds_offers(
    world: AwsWorld, aws: Aws, size: str, offered: tuple[str, ...], becomes: str
) -> None:
    world.databases["api-db"].size, world.databases["api-db"].offered = size, offered

    change = await planned(ScaleDatabase(aws), target=DATABASE, size="+1")

    assert [(unit.was, unit.to) for unit in change.units] == [(size, becomes)]


async def test_where_rds_offers_nothing_larger_one_more_is_refused(world: AwsWorld, aws: Aws) -> None:
    world.databases["api-db"].offered = ("micro", "medium")

    assert await refused(ScaleDatabase(aws), target=DATABASE, size="+1") == "largest-size"


async def test_one_more_than_the_largest_allowed_is_the_cap(aws: Aws) -> None:
    change = await planned(ScaleDatabase(aws), target=DATABASE, size="+1", largest_size="db.t4g.medium")

    assert (change.units, "cap reached" in change.nothing_to_do) == ((), True)


def test_classes_above_one_are_told_by_their_steps() -> None:
    assert above("db.t4g.large")[:3] == ["db.t4g.xlarge", "db.t4g.2xlarge", "db.t4g.4xlarge"]
    assert above("db.x2g.2xlarge.tpc2")[0] == "db.x2g.4xlarge.tpc2"


async def test_while_a_resize_is_under_way_no_other_is_planned(world: AwsWorld, aws: Aws) -> None:
    world.databases["api-db"].pending = "db.t4g.large"

    assert await refused(ScaleDatabase(aws), target=DATABASE, size="db.t4g.xlarge") == "database-busy"


@pytest.mark.parametrize(
    ("size", "ranked"),
    [
        ("db.t4g.micro", ("db.t4g", 0)),
        ("db.t4g.large", ("db.t4g", 3)),
        ("db.m8g.xlarge", ("db.m8g", 4)),
        ("db.m8g.16xlarge", ("db.m8g", 19)),
        ("db.x2g.2xlarge.tpc2.mem3x", ("db.x2g.tpc2.mem3x", 5)),
    ],
)
def test_classes_are_compared_by_their_steps(size: str, ranked: tuple[str, int]) -> None:
    assert rank(size) == ranked


@pytest.mark.parametrize("size", ["t4g.large", "db.t4g", "db.t4g.enormous", "performance-2x"])
def test_what_is_no_class_is_refused(size: str) -> None:
    with pytest.raises(PolicyError, match="no class"):
        rank(size)


async def test_a_parameter_that_was_set_and_set_back_is_not_what_was_planned_on(
    sandbox: Sandbox, aws: Aws
) -> None:
    change = await planned(SetParameter(aws), key=PARAMETER, value=3600)
    put("60")(sandbox)
    put("300")(sandbox)

    with pytest.raises(Moved, match=r"300 \(version 3\)"):
        await converge(SetParameter(aws), change, set())

    assert operations(sandbox) == []


async def test_a_secure_string_is_never_read_or_written(world: AwsWorld, aws: Aws) -> None:
    world.borrowed.put(
        lambda moto: moto.do("ssm", REGION, "put_parameter", Name="/api/flag", Value="v", Type="SecureString")
    )

    assert await refused(SetParameter(aws), key="/api/flag", value="x") == "holds-a-secret"


@pytest.mark.parametrize("key", ["/api/DATABASE_URL", "/api/stripe/token", "api.password", "/api/api-key"])
async def test_a_parameter_that_is_named_like_a_secret_is_refused(aws: Aws, key: str) -> None:
    assert await refused(SetParameter(aws), key=key, value="x") == "holds-a-secret"


async def test_a_long_text_is_no_flag(world: AwsWorld, aws: Aws) -> None:
    world.borrowed.put(
        lambda moto: moto.do("ssm", REGION, "put_parameter", Name="/api/text", Value="x" * 300, Type="String")
    )

    assert await refused(SetParameter(aws), key="/api/text", value="x") == "not-a-flag"


async def test_setting_a_parameter_says_that_running_tasks_keep_the_old_value(aws: Aws) -> None:
    change = await planned(SetParameter(aws), key=PARAMETER, value="1")

    assert "until it restarts" in change.effects[0]


async def test_a_parameter_that_gets_lower_is_told_to_whoever_approves_it(sandbox: Sandbox, aws: Aws) -> None:
    put("2000")(sandbox)

    change = await planned(SetParameter(aws), key=PARAMETER, value=1000)

    assert change.summary.endswith(": from 2000 to 1000 (lower)")
