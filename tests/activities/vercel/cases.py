"""Vercel's verbs in the worlds they are tried in, and what somebody else may do there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from stanch.model.change import Target
from stanch.sandbox.vercel.keys import VercelKey
from stanch.sandbox.vercel.project import Project
from stanch.sandbox.vercel.scenes import STORE, TEAM, shop, shop_rolling, shop_stale
from stanch.sandbox.vercel.world import VercelWorld
from stanch.sandbox.world import Sandbox
from tests.activities.contract.case import Case, ReadingCase

FLAG = "NEXT_PUBLIC_ENABLE_PACK_PURCHASE"
SHOP = Target(provider="vercel", name="my-shop", at={"team": TEAM, "domain": "shop.example"})


def project(sandbox: Sandbox) -> Project:
    return sandbox.of(VercelWorld).projects["my-shop"]


def production_of(sandbox: Sandbox) -> Any:
    """Domains, the switches, every variable, and what programs read while they run."""
    here = project(sandbox)
    variables = [(one.key, one.value, one.type, tuple(one.target)) for one in here.variables]
    flags = {slug: dict(one.production) for slug, one in here.flags.items()}
    return dict(here.aliases), here.auto_assign, here.paused, variables, flags, dict(here.items)


def the_oldest_live(sandbox: Sandbox) -> None:
    project(sandbox).point_to(project(sandbox).deployments[-1].id)


def flag_set_otherwise(sandbox: Sandbox) -> None:
    project(sandbox).variables[0].value = "maybe"


def flag_built_in(sandbox: Sandbox) -> dict[str, Any]:
    project(sandbox).variables[0].updated = project(sandbox).deployments[0].created - 1000
    return {"key": FLAG, "value": "true"}


def a_push_live(sandbox: Sandbox) -> None:
    sandbox.of(VercelWorld).deploy("my-shop")


def paused_already(sandbox: Sandbox) -> dict[str, Any]:
    flag = project(sandbox).flags["pack-purchase"]
    flag.production = {**flag.production, "active": False}
    return {"key": "pack-purchase", "value": False}


def instant_flag_set_otherwise(sandbox: Sandbox) -> None:
    flag = project(sandbox).flags["pack-purchase"]
    flag.production = {**flag.production, "rules": [{"id": "r1", "conditions": [], "outcome": {}}]}
    flag.revision += 1


def item_set_otherwise(sandbox: Sandbox) -> None:
    project(sandbox).items["enable_pack_purchase"] = "maybe"


def item_set_already(sandbox: Sandbox) -> dict[str, Any]:
    project(sandbox).items["enable_pack_purchase"] = False
    return {"store": STORE, "key": "enable_pack_purchase", "value": False}


def without_the_item(sandbox: Sandbox) -> None:
    shop(sandbox)
    project(sandbox).items.clear()


def paused(sandbox: Sandbox) -> None:
    shop(sandbox)
    project(sandbox).paused, project(sandbox).auto_assign = True, False


def paused_by_somebody(sandbox: Sandbox) -> dict[str, Any]:
    project(sandbox).paused = True
    return {}


def unpaused_by_somebody(sandbox: Sandbox) -> dict[str, Any]:
    project(sandbox).paused = False
    return {}


def another_live(sandbox: Sandbox) -> None:
    the_oldest_live(sandbox)
    project(sandbox).paused = False


def a_secret_set_by_somebody(sandbox: Sandbox) -> None:
    sandbox.pass_time(timedelta(minutes=1))
    here, key = project(sandbox), "PAYMENT_KEY"
    for variable in [one for one in here.variables if one.key == key]:
        variable.value, variable.updated = "of somebody else", sandbox.origin.milliseconds()
        return
    here.keep(key, "of somebody else", "sensitive")


def a_webhook_secret_set_by_somebody(sandbox: Sandbox) -> None:
    sandbox.pass_time(timedelta(minutes=1))
    here, key = project(sandbox), "ORDER_WEBHOOK_SECRET"
    for variable in [one for one in here.variables if one.key == key]:
        variable.value, variable.updated = "of somebody else", sandbox.origin.milliseconds()
        return
    here.keep(key, "of somebody else", "sensitive")


def secret_built_in(key: str) -> Callable[[Sandbox], dict[str, Any]]:
    def built_in(sandbox: Sandbox) -> dict[str, Any]:
        made = project(sandbox).keep(key, VercelKey.ALL)
        made.updated = project(sandbox).deployments[0].created - 1000
        return {"key": key, "value": {"secret": "admin"}}

    return built_in


VERCEL: dict[str, Any] = {"scene": shop, "key": VercelKey.ALL, "target": SHOP, "look": production_of}
EDGE_CONFIG: dict[str, Any] = {
    **VERCEL,
    "verb": "vercel.set_edge_config",
    "arguments": {"store": STORE, "key": "enable_pack_purchase", "value": False},
    "path": "/items$",
    "effects": ("vercel.set_edge_config",),
    "writes": 1,
    "settles": False,
    "foreign": item_set_otherwise,
    "undo_effects": ("vercel.set_edge_config",),
    "undo_writes": 1,
    "moved_on": item_set_otherwise,
    "idle": item_set_already,
}
SECRET: dict[str, Any] = {
    **VERCEL,
    "path": "/env$",
    "effects": ("vercel.set_env", "vercel.redeploy"),
    "writes": 2,
    "undo_effects": ("vercel.delete_env", "vercel.promote"),
    "undo_writes": 2,
}
PAUSE: dict[str, Any] = {
    **VERCEL,
    "settles": False,
    "writes": 1,
    "foreign": another_live,
    "moved_on": another_live,
}
PURGE: dict[str, Any] = {
    **VERCEL,
    "verb": "vercel.purge_cache",
    "scene": shop_stale,
    "path": "-cache/",
    "settles": False,
    "marked": False,
}
ROLLING: dict[str, Any] = {**VERCEL, "scene": shop_rolling}
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
    Case(
        name="vercel.set_instant_flag",
        verb="vercel.set_instant_flag",
        **VERCEL,
        arguments={"key": "pack-purchase", "value": False},
        path="/feature-flags/",
        effects=("vercel.set_instant_flag",),
        writes=1,
        settles=False,
        foreign=instant_flag_set_otherwise,
        undo_effects=("vercel.set_instant_flag",),
        undo_writes=1,
        moved_on=instant_flag_set_otherwise,
        idle=paused_already,
    ),
    Case(name="vercel.set_edge_config", **EDGE_CONFIG),
    Case(name="vercel.set_edge_config of a new item", **{**EDGE_CONFIG, "scene": without_the_item}),
    Case(
        name="vercel.set_secret",
        **SECRET,
        verb="vercel.set_secret",
        arguments={"key": "PAYMENT_KEY", "value": {"secret": "admin"}},
        foreign=a_secret_set_by_somebody,
        moved_on=a_secret_set_by_somebody,
        idle=secret_built_in("PAYMENT_KEY"),
    ),
    Case(
        name="vercel.set_webhook_secret",
        **SECRET,
        verb="vercel.set_webhook_secret",
        arguments={"key": "ORDER_WEBHOOK_SECRET", "value": {"secret": "admin"}},
        foreign=a_webhook_secret_set_by_somebody,
        moved_on=a_webhook_secret_set_by_somebody,
        idle=secret_built_in("ORDER_WEBHOOK_SECRET"),
    ),
    Case(
        name="vercel.pause",
        **PAUSE,
        verb="vercel.pause",
        path="/pause$",
        effects=("vercel.pause",),
        undo_effects=("vercel.unpause",),
        undo_writes=1,
        idle=paused_by_somebody,
    ),
    Case(
        name="vercel.unpause",
        **{**PAUSE, "scene": paused},
        verb="vercel.unpause",
        path="/unpause$",
        effects=("vercel.unpause",),
        undo_effects=("vercel.pause",),
        undo_writes=1,
        idle=unpaused_by_somebody,
    ),
    Case(name="vercel.purge_cache", **PURGE, effects=("vercel.purge_edge",), writes=1),
    Case(
        name="vercel.purge_cache of tags and data",
        **PURGE,
        arguments={"tags": ["home"], "data": True},
        effects=("vercel.invalidate", "vercel.purge_data"),
        writes=2,
    ),
    Case(
        name="vercel.abort_rolling_release",
        verb="vercel.abort_rolling_release",
        **ROLLING,
        path="/rollback/",
        effects=("vercel.rollback",),
        writes=1,
    ),
    Case(
        name="vercel.complete_rolling_release",
        verb="vercel.complete_rolling_release",
        **ROLLING,
        path="/complete$",
        effects=("vercel.complete_rolling_release",),
        writes=1,
        settles=False,
        marked=False,
    ),
)

READING: dict[str, Any] = {"scene": shop, "key": VercelKey.ALL, "target": SHOP}
READINGS = (
    ReadingCase(
        name="vercel.releases",
        reading="vercel.releases",
        **READING,
        sees=lambda it: (
            (it.commit[:7], it.previous_commit[:7], it.auto_assign, it.rolling_release)
            == ("3a2b3c4", "2a2b3c4", True, False)
        ),
    ),
    ReadingCase(
        name="vercel.releases during a rolling release",
        reading="vercel.releases",
        **{**READING, "scene": shop_rolling},
        sees=lambda it: (
            (it.commit[:7], it.deploying, it.rolling_release, it.rolling_percentage)
            == ("2a2b3c4", True, True, 25)
        ),
    ),
    ReadingCase(
        name="vercel.recent",
        reading="vercel.recent",
        **READING,
        arguments={"within": "PT30M"},
        sees=lambda it: (
            ([one.what for one in it.happenings if one.sort == "deploy"], it.configs, it.complete)
            == (["3a2b3c4"], 3, True)
        ),
    ),
    ReadingCase(
        name="vercel.logs",
        reading="vercel.logs",
        **READING,
        arguments={"matching": ["CRITICAL"]},
        sees=lambda it: (it.count, it.seen, it.at_least) == (1, 1, True),
    ),
)
