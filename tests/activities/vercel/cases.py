"""Vercel's verbs in the worlds they are tried in, and what somebody else may do there."""

from typing import Any

from stanch.model.change import Target
from stanch.sandbox.scenes import TEAM, shop
from stanch.sandbox.vercel.keys import VercelKey
from stanch.sandbox.vercel.project import Project
from stanch.sandbox.vercel.world import VercelWorld
from stanch.sandbox.world import Sandbox
from tests.activities.contract.case import Case, ReadingCase

FLAG = "NEXT_PUBLIC_ENABLE_PACK_PURCHASE"
SHOP = Target(provider="vercel", name="my-shop", at={"team": TEAM, "domain": "shop.example"})


def project(sandbox: Sandbox) -> Project:
    return sandbox.of(VercelWorld).projects["my-shop"]


def production_of(sandbox: Sandbox) -> Any:
    """Domains, the switch for new builds, and every variable."""
    here = project(sandbox)
    variables = [(one.key, one.value, one.type, tuple(one.target)) for one in here.variables]
    return dict(here.aliases), here.auto_assign, variables


def the_oldest_live(sandbox: Sandbox) -> None:
    project(sandbox).point_to(project(sandbox).deployments[-1].id)


def flag_set_otherwise(sandbox: Sandbox) -> None:
    project(sandbox).variables[0].value = "maybe"


def flag_built_in(sandbox: Sandbox) -> dict[str, Any]:
    project(sandbox).variables[0].updated = project(sandbox).deployments[0].created - 1000
    return {"key": FLAG, "value": "true"}


def a_push_live(sandbox: Sandbox) -> None:
    sandbox.of(VercelWorld).deploy("my-shop")


VERCEL: dict[str, Any] = {"scene": shop, "key": VercelKey.ALL, "target": SHOP, "look": production_of}
CASES = (
    Case(
        name="vercel.roll_back",
        verb="vercel.roll_back",
        **VERCEL,
        path="/rollback/",
        effects=("vercel.rollback",),
        writes=1,
        foreign=a_push_live,
        undo_effects=("vercel.promote",),
        put_right=("vercel.update_project",),
        undo_writes=1,
        moved_on=the_oldest_live,
        idle=lambda sandbox: {"deployment": project(sandbox).live},
    ),
    Case(
        name="vercel.set_flag",
        verb="vercel.set_flag",
        **VERCEL,
        arguments={"key": FLAG, "value": "false"},
        path="/env/",
        effects=("vercel.set_env", "vercel.redeploy"),
        writes=2,
        foreign=flag_set_otherwise,
        undo_effects=("vercel.set_env", "vercel.promote"),
        undo_writes=2,
        moved_on=flag_set_otherwise,
        idle=flag_built_in,
    ),
)

READINGS = (
    ReadingCase(
        name="vercel.deployments",
        reading="vercel.deployments",
        scene=shop,
        key=VercelKey.ALL,
        target=SHOP,
        sees=lambda it: (
            (it.commit[:7], it.previous_commit[:7], it.auto_assign) == ("3a2b3c4", "2a2b3c4", True)
        ),
    ),
)
