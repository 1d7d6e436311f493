"""Worlds with the shop on Vercel in them, and what somebody else may do there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sandbox.vercel.attack_mode import AttackMode
from sandbox.vercel.keys import VercelKey
from sandbox.vercel.project import Project
from sandbox.vercel.scenes import STORE, TEAM, shop
from sandbox.vercel.world import VercelWorld
from sandbox.world import Sandbox
from stanch.model.change import Target

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
    rule = {"id": "r1", "conditions": [], "outcome": {"type": "variant", "variantId": "on"}}
    flag.production = {**flag.production, "rules": [rule]}
    flag.revision += 1


def item_set_otherwise(sandbox: Sandbox) -> None:
    project(sandbox).items["enable_pack_purchase"] = "maybe"


def item_set_already(sandbox: Sandbox) -> dict[str, Any]:
    project(sandbox).items["enable_pack_purchase"] = False
    return {"store": STORE, "key": "enable_pack_purchase", "value": False}


def without_the_item(sandbox: Sandbox) -> None:
    shop(sandbox)
    project(sandbox).items.clear()


def moving_slowly(sandbox: Sandbox) -> None:
    shop(sandbox)
    sandbox.pace.alias = 15


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


def attack_mode_of(sandbox: Sandbox) -> Any:
    mode, now = project(sandbox).attack, sandbox.origin.milliseconds()
    return mode.until if mode and mode.is_on(now) else False


def challenges(sandbox: Sandbox, lasting: timedelta | None) -> None:
    """Visitors are challenged, for so long or without an end."""
    now = sandbox.origin.milliseconds()
    until = now + int(lasting / timedelta(milliseconds=1)) if lasting else None
    project(sandbox).attack = AttackMode(enabled=True, updated=now, until=until)


def under_challenge(sandbox: Sandbox) -> None:
    shop(sandbox)
    challenges(sandbox, timedelta(hours=5))


def challenged_by_somebody(sandbox: Sandbox) -> None:
    challenges(sandbox, timedelta(minutes=20))


def challenged_already(sandbox: Sandbox) -> dict[str, Any]:
    challenges(sandbox, None)
    return {"on": True}


def challenged_no_more(sandbox: Sandbox) -> dict[str, Any]:
    project(sandbox).attack = None
    return {"on": False}
