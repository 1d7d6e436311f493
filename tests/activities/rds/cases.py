"""RDS's verbs and its reading in the world of AWS."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sandbox.aws.keys import AwsKey
from sandbox.aws.managed import Database
from sandbox.aws.scenes import api
from sandbox.aws.world import AwsWorld
from sandbox.world import Sandbox
from tests.activities.aws.cases import AWS, DATABASE
from tests.activities.aws.wire import attach
from tests.activities.contract.case import AT, Case, ReadingCase


def database(sandbox: Sandbox) -> Database:
    return sandbox.of(AwsWorld).databases["api-db"]


def another_class(size: str) -> Callable[[Sandbox], None]:
    """Somebody gives the database another class."""

    def resize(sandbox: Sandbox) -> None:
        database(sandbox).size = size

    return resize


RDS: dict[str, Any] = {**AWS, "target": DATABASE}
CASES = (
    Case(
        name="rds.restart",
        verb="rds.restart",
        **RDS,
        path="/rds/RebootDBInstance",
        effects=("aws.reboot_database",),
        writes=1,
        marked=False,
    ),
    Case(
        name="rds.scale",
        verb="rds.scale",
        **RDS,
        arguments={"size": "db.t4g.large"},
        path="/rds/ModifyDBInstance",
        effects=("aws.modify_database",),
        writes=1,
        look=lambda sandbox: database(sandbox).size,
        foreign=another_class("db.t4g.small"),
        undo_effects=("aws.modify_database",),
        undo_writes=1,
        moved_on=another_class("db.t4g.2xlarge"),
        idle=lambda _: {"size": "db.t4g.small"},
    ),
)


def restarted(sandbox: Sandbox) -> None:
    """The database was restarted, which RDS tells by now."""
    api(sandbox)
    told = sandbox.clock.now() - timedelta(minutes=5)
    database(sandbox).told.append((told, "DB instance restarted"))


READINGS = (
    ReadingCase(
        name="rds.status after a restart",
        reading="rds.status",
        key=AwsKey.ALL,
        target=DATABASE,
        scene=restarted,
        attach=attach,
        sees=lambda it: (it.restarts, it.is_cut, it.restarted_at) == (1, True, AT - timedelta(minutes=5)),
    ),
    ReadingCase(
        name="rds.status",
        reading="rds.status",
        key=AwsKey.ALL,
        target=DATABASE,
        scene=api,
        attach=attach,
        sees=lambda it: (it.is_down, it.size, it.cpu, it.connections) == (False, "db.t4g.medium", 0.935, 84),
    ),
)
