"""Netlify's verbs in the worlds they are tried in, and what somebody else may do there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sandbox.netlify.keys import NetlifyKey
from sandbox.netlify.scenes import gitquest, gitquest_split, gitquest_stale
from sandbox.netlify.site import Site
from sandbox.netlify.world import NetlifyWorld
from sandbox.world import Sandbox
from stanch.model.change import Target
from tests.activities.contract.case import AT, Case, ReadingCase

FLAG = "ENABLE_CHECKOUT"
SITE = Target(provider="netlify", name="gitquest")


def site(sandbox: Sandbox) -> Site:
    return sandbox.of(NetlifyWorld).sites["gitquest"]


def production_of(sandbox: Sandbox) -> Any:
    """What visitors get, whether it is locked, and every variable."""
    here = site(sandbox)
    values = {
        key: {context: value for context, (_, value) in one.values.items()}
        for key, one in here.variables.items()
    }
    split = here.split and (here.split.active, dict(here.split.shares))
    return here.published, here.locked, values, split


def the_oldest_live(sandbox: Sandbox) -> None:
    site(sandbox).publish(site(sandbox).deploys[-1])


def locked(sandbox: Sandbox) -> None:
    gitquest(sandbox)
    site(sandbox).deploys[0].locked = True


def flag_set_otherwise(sandbox: Sandbox) -> None:
    site(sandbox).variables[FLAG].values["production"] = ("v1", "maybe")


def flag_of_production_alone(sandbox: Sandbox) -> None:
    gitquest(sandbox)
    site(sandbox).variables[FLAG].values["production"] = ("v1", "true")


def a_push_live(sandbox: Sandbox) -> None:
    site(sandbox).publish(site(sandbox).deploys[0])
    site(sandbox).deploys[0].locked = False
    sandbox.of(NetlifyWorld).deploy("gitquest")


def shares_moved(sandbox: Sandbox) -> None:
    split = site(sandbox).split
    assert split is not None
    split.active, split.shares = True, {"main": 90, "new-checkout": 10}


def stopped_already(sandbox: Sandbox) -> dict[str, Any]:
    site(sandbox).split = None
    return {}


def secret_set_by_somebody(key: str) -> Callable[[Sandbox], None]:
    """Ana sets it to something of hers."""

    def set_it(sandbox: Sandbox) -> None:
        sandbox.pass_time(timedelta(minutes=1))
        made = site(sandbox).keep(key, "of somebody else", "production", is_secret=True)
        made.updated = sandbox.clock.now()

    return set_it


def secret_built_in(key: str) -> Callable[[Sandbox], dict[str, Any]]:
    """It can be read, and is this very value."""

    def built_in(sandbox: Sandbox) -> dict[str, Any]:
        site(sandbox).keep(key, NetlifyKey.ALL)
        return {"key": key, "value": {"secret": "admin"}}

    return built_in


def secret_of_previews(sandbox: Sandbox) -> None:
    gitquest(sandbox)
    site(sandbox).keep("PAYMENT_KEY", "of-the-previews", "deploy-preview", is_secret=True)


def secret_of_production_by_somebody(sandbox: Sandbox) -> None:
    sandbox.pass_time(timedelta(minutes=1))
    variable = site(sandbox).variables["PAYMENT_KEY"]
    variable.values["production"] = ("v9", "of somebody else")
    variable.updated, variable.by = sandbox.clock.now(), "Ana"


NETLIFY: dict[str, Any] = {"scene": gitquest, "key": NetlifyKey.ALL, "target": SITE, "look": production_of}
ROLL_BACK: dict[str, Any] = {
    **NETLIFY,
    "verb": "netlify.roll_back",
    "path": "/restore$",
    "settles": False,
    "foreign": a_push_live,
    "moved_on": the_oldest_live,
    "idle": lambda sandbox: {"release": site(sandbox).published},
}
SET_CONFIG: dict[str, Any] = {
    **NETLIFY,
    "verb": "netlify.set_config",
    "arguments": {"key": FLAG, "value": False},
    "path": "/env/",
    "effects": ("netlify.set_env", "netlify.build"),
    "writes": 2,
    "foreign": flag_set_otherwise,
    "undo_effects": ("netlify.set_env", "netlify.restore"),
    "undo_writes": 2,
    "moved_on": flag_set_otherwise,
    "idle": lambda _: {"key": FLAG, "value": "true"},
}
SECRET: dict[str, Any] = {
    **NETLIFY,
    "verb": "netlify.set_secret",
    "waits_while_empty": True,
    "arguments": {"key": "PAYMENT_KEY", "value": {"secret": "admin"}},
    "path": "/env$",
    "effects": ("netlify.set_env", "netlify.build"),
    "writes": 2,
    "foreign": secret_set_by_somebody("PAYMENT_KEY"),
    "undo_effects": ("netlify.delete_env", "netlify.restore"),
    "undo_writes": 2,
    "moved_on": secret_set_by_somebody("PAYMENT_KEY"),
    "idle": secret_built_in("PAYMENT_KEY"),
}
CASES = (
    Case(
        name="netlify.roll_back",
        **ROLL_BACK,
        effects=("netlify.restore", "netlify.lock"),
        writes=2,
        undo_effects=("netlify.restore", "netlify.unlock"),
        undo_writes=2,
        put_right=("netlify.unlock",),
    ),
    Case(
        name="netlify.roll_back of a locked site",
        **{**ROLL_BACK, "scene": locked},
        effects=("netlify.restore",),
        writes=1,
        undo_effects=("netlify.restore",),
        undo_writes=1,
    ),
    Case(name="netlify.set_config", **SET_CONFIG),
    Case(name="netlify.set_config of production alone", **{**SET_CONFIG, "scene": flag_of_production_alone}),
    Case(name="netlify.set_secret", **SECRET),
    Case(
        name="netlify.set_secret beside that of previews",
        **{
            **SECRET,
            "scene": secret_of_previews,
            "foreign": secret_of_production_by_somebody,
            "moved_on": secret_of_production_by_somebody,
            "undo_effects": ("netlify.set_env", "netlify.restore"),
        },
    ),
    Case(
        name="netlify.set_webhook_secret",
        **{
            **SECRET,
            "verb": "netlify.set_webhook_secret",
            "arguments": {"key": "ORDER_WEBHOOK_SECRET", "value": {"secret": "admin"}},
            "foreign": secret_set_by_somebody("ORDER_WEBHOOK_SECRET"),
            "moved_on": secret_set_by_somebody("ORDER_WEBHOOK_SECRET"),
            "idle": secret_built_in("ORDER_WEBHOOK_SECRET"),
        },
    ),
    Case(
        name="netlify.purge_cache",
        verb="netlify.purge_cache",
        **{**NETLIFY, "scene": gitquest_stale},
        arguments={"tags": ["home"]},
        path="/purge$",
        effects=("netlify.purge",),
        writes=1,
        settles=False,
        marked=False,
    ),
    Case(
        name="netlify.stop_split_test",
        verb="netlify.stop_split_test",
        **{**NETLIFY, "scene": gitquest_split},
        path="/unpublish$",
        effects=("netlify.unpublish_split",),
        writes=1,
        settles=False,
        foreign=shares_moved,
        undo_effects=("netlify.publish_split",),
        undo_writes=1,
        moved_on=shares_moved,
        idle=stopped_already,
    ),
)

READING: dict[str, Any] = {"scene": gitquest, "key": NetlifyKey.ALL, "target": SITE}
READINGS = (
    ReadingCase(
        name="netlify.releases",
        reading="netlify.releases",
        **READING,
        first_bad_at=AT - timedelta(minutes=5),
        sees=lambda it: (
            (it.commit[:7], it.by, it.newest_commit[:7], it.is_suspect, it.held)
            == ("3c4d5e6", "ana", "3c4d5e6", True, False)
        ),
    ),
    ReadingCase(
        name="netlify.recent",
        reading="netlify.recent",
        **READING,
        arguments={"within": "PT2H"},
        sees=lambda it: ([one.what for one in it.happenings], it.is_complete) == (["3c4d5e6"], True),
    ),
    ReadingCase(
        name="netlify.secrets",
        reading="netlify.secrets",
        **READING,
        sees=lambda it: (it.count, it.newest_at is not None, it.outdated) == (3, True, None),
    ),
    ReadingCase(
        name="netlify.logs",
        reading="netlify.logs",
        **READING,
        arguments={"matching": ["ERROR"]},
        sees=lambda it: (it.count, it.is_cut) == (2, True),
    ),
)
