"""Vercel's verbs and readings in the worlds they are tried in."""

from typing import Any

from sandbox.vercel.keys import VercelKey
from sandbox.vercel.scenes import STORE, shop, shop_rolling, shop_stale
from tests.activities.contract.case import Case, ReadingCase
from tests.activities.vercel.worlds import (
    FLAG,
    SHOP,
    a_push_live,
    a_secret_set_by_somebody,
    a_webhook_secret_set_by_somebody,
    another_live,
    attack_mode_of,
    challenged_already,
    challenged_by_somebody,
    challenged_no_more,
    flag_built_in,
    flag_set_otherwise,
    instant_flag_set_otherwise,
    item_set_already,
    item_set_otherwise,
    moving_slowly,
    paused,
    paused_already,
    paused_by_somebody,
    production_of,
    project,
    secret_built_in,
    the_oldest_live,
    under_challenge,
    unpaused_by_somebody,
    without_the_item,
)

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
    "waits_while_empty": True,
}
PAUSE: dict[str, Any] = {
    **VERCEL,
    "settles": False,
    "writes": 1,
    "foreign": another_live,
    "moved_on": another_live,
}
ATTACK_MODE: dict[str, Any] = {
    **VERCEL,
    "verb": "vercel.set_attack_mode",
    "path": "/attack-mode$",
    "effects": ("vercel.set_attack_mode",),
    "writes": 1,
    "settles": False,
    "look": attack_mode_of,
    "foreign": challenged_by_somebody,
    "undo_effects": ("vercel.set_attack_mode",),
    "undo_writes": 1,
    "moved_on": challenged_by_somebody,
    "idle": challenged_already,
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
        **{**VERCEL, "scene": moving_slowly},
        path="/rollback/",
        effects=("vercel.rollback",),
        writes=1,
        foreign=a_push_live,
        undo_effects=("vercel.promote",),
        put_right=("vercel.update_project",),
        undo_writes=1,
        moved_on=the_oldest_live,
        idle=lambda sandbox: {"release": project(sandbox).live},
    ),
    Case(
        name="vercel.set_config",
        verb="vercel.set_config",
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
    Case(name="vercel.set_attack_mode", **ATTACK_MODE),
    Case(
        name="vercel.set_attack_mode off",
        **{**ATTACK_MODE, "scene": under_challenge, "idle": challenged_no_more},
        arguments={"on": False},
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
        put_right=("vercel.update_project",),
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
            (it.commit[:7], it.newest_commit[:7], it.is_newest, it.held, it.rolling_share)
            == ("3a2b3c4", "3a2b3c4", True, False, None)
        ),
    ),
    ReadingCase(
        name="vercel.releases during a rolling release",
        reading="vercel.releases",
        **{**READING, "scene": shop_rolling},
        sees=lambda it: (it.commit[:7], it.deploying, it.rolling_share) == ("2a2b3c4", True, 0.25),
    ),
    ReadingCase(
        name="vercel.recent",
        reading="vercel.recent",
        **READING,
        arguments={"within": "PT30M"},
        sees=lambda it: (
            ([one.what for one in it.happenings if one.sort == "deploy"], it.configs, it.is_complete)
            == (["3a2b3c4"], 3, True)
        ),
    ),
    ReadingCase(
        name="vercel.secrets",
        reading="vercel.secrets",
        **READING,
        sees=lambda it: (it.count, it.newest_at is not None, it.outdated) == (3, True, None),
    ),
    ReadingCase(
        name="vercel.logs",
        reading="vercel.logs",
        **READING,
        arguments={"matching": ["CRITICAL"]},
        sees=lambda it: (it.count, it.is_cut) == (1, True),
    ),
)
