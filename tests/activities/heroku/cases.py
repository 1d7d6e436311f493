"""Heroku's verbs in the worlds they are tried in, and what somebody else may do there."""

from collections.abc import Callable
from typing import Any

from sandbox.heroku.application import HerokuApp
from sandbox.heroku.keys import HerokuKey
from sandbox.heroku.scenes import BACKEND, gitquest
from sandbox.heroku.world import HerokuWorld
from sandbox.mischief import Breakage, Breaking, break_service
from sandbox.world import Sandbox
from stanch.model.change import Target
from tests.activities.contract.case import Case, ReadingCase, visited

APP = Target(provider="heroku", name=BACKEND, at={"app": BACKEND})


def app_of(sandbox: Sandbox) -> HerokuApp:
    return sandbox.of(HerokuWorld).apps[BACKEND]


def crowded(sandbox: Sandbox) -> None:
    """The release is good; there is too little of it."""
    gitquest(sandbox)
    sandbox.of(HerokuWorld).deploy(BACKEND)
    for dyno in app_of(sandbox).dynos:
        dyno.state = "up"
        dyno.timetable.clear()


def stuck(sandbox: Sandbox) -> None:
    """The release is good; its processes hang."""
    crowded(sandbox)
    break_service(sandbox, Breaking(service="gitquest", breakage=Breakage.STUCK))


def standing(sandbox: Sandbox) -> Any:
    """What runs with which config vars, how much of it, and whether visitors reach it."""
    app = app_of(sandbox)
    formation = {one.type: (one.quantity, one.size) for one in app.types.values()}
    slug = app.current.slug.id if app.current and app.current.slug else ""
    return slug, dict(app.config), formation, app.maintenance


def deployed_by_somebody(sandbox: Sandbox) -> None:
    sandbox.of(HerokuWorld).deploy(BACKEND)


def config_set_by_somebody(**values: str) -> Callable[[Sandbox], None]:
    return lambda sandbox: sandbox.of(HerokuWorld).set_config(BACKEND, **values)


def formation_is(quantity: int, size: str = "standard-1x") -> Callable[[Sandbox], None]:
    """Somebody else scales the web dynos."""

    def scale(sandbox: Sandbox) -> None:
        web = app_of(sandbox).types["web"]
        web.quantity, web.size = quantity, size
        app_of(sandbox).fit(web)

    return scale


def maintained_by_somebody(sandbox: Sandbox) -> None:
    app_of(sandbox).maintenance = True


HEROKU: dict[str, Any] = {"key": HerokuKey.ALL, "target": APP, "look": standing}
SET_OTHERWISE = config_set_by_somebody(CACHE_TTL="60")
SECRET: dict[str, Any] = {
    **HEROKU,
    "scene": gitquest,
    "path": "/config-vars$",
    "effects": ("heroku.set_config",),
    "writes": 1,
    "undo_effects": ("heroku.set_config",),
    "undo_writes": 1,
}


def already_the_secret(key: str) -> Callable[[Sandbox], dict[str, Any]]:
    """The config var holds the team's secret already."""

    def idle(sandbox: Sandbox) -> dict[str, Any]:
        sandbox.of(HerokuWorld).set_config(BACKEND, **{key: HerokuKey.ALL})
        return {"key": key, "value": {"secret": "admin"}}

    return idle


CASES = (
    Case(
        name="heroku.roll_back",
        verb="heroku.roll_back",
        **HEROKU,
        scene=gitquest,
        path="/releases$",
        effects=("heroku.rollback",),
        writes=1,
        foreign=deployed_by_somebody,
        undo_effects=("heroku.rollback",),
        undo_writes=1,
        moved_on=deployed_by_somebody,
        idle=lambda _: {"release": 42},
    ),
    Case(
        name="heroku.roll_back keeping some config vars",
        verb="heroku.roll_back",
        **HEROKU,
        scene=gitquest,
        arguments={"release": 40, "keep": ["REDIS_CACHE_ENABLED", "SEARCH_TOKEN"]},
        path="/releases$",
        effects=("heroku.rollback", "heroku.set_config"),
        writes=2,
        foreign=SET_OTHERWISE,
        undo_effects=("heroku.rollback",),
        undo_writes=1,
        moved_on=SET_OTHERWISE,
        idle=lambda _: {"release": 42},
    ),
    Case(
        name="heroku.roll_back keeping all config vars",
        verb="heroku.roll_back",
        **HEROKU,
        scene=gitquest,
        arguments={"release": 40, "keep": "all"},
        path="/releases$",
        effects=("heroku.release_slug",),
        writes=1,
        foreign=SET_OTHERWISE,
        undo_effects=("heroku.rollback",),
        undo_writes=1,
        moved_on=SET_OTHERWISE,
        idle=lambda _: {"release": 42, "keep": "all"},
    ),
    Case(
        name="heroku.scale count",
        verb="heroku.scale",
        **HEROKU,
        scene=crowded,
        arguments={"count": 4},
        path="/formation$",
        effects=("heroku.scale",),
        writes=1,
        foreign=formation_is(3),
        undo_effects=("heroku.scale",),
        undo_writes=1,
        moved_on=formation_is(6),
        idle=lambda _: {"count": {"at_least": 2}},
    ),
    Case(
        name="heroku.scale size",
        verb="heroku.scale",
        **HEROKU,
        scene=crowded,
        arguments={"size": "performance-m"},
        path="/formation$",
        effects=("heroku.scale",),
        writes=1,
        foreign=formation_is(2, "standard-2x"),
        undo_effects=("heroku.scale",),
        undo_writes=1,
        moved_on=formation_is(2, "performance-l"),
        idle=lambda _: {"size": "standard-1x"},
    ),
    Case(
        name="heroku.restart",
        verb="heroku.restart",
        **HEROKU,
        scene=stuck,
        path="/dynos/",
        effects=("heroku.restart_dyno",) * 3,
        writes=3,
        marked=False,
    ),
    Case(
        name="heroku.set_config",
        verb="heroku.set_config",
        **HEROKU,
        scene=gitquest,
        arguments={"key": "CACHE_TTL", "value": 3600},
        path="/config-vars$",
        effects=("heroku.set_config",),
        writes=1,
        undo_effects=("heroku.set_config",),
        undo_writes=1,
        idle=lambda _: {"key": "CACHE_TTL", "value": "300"},
        foreign=SET_OTHERWISE,
        moved_on=SET_OTHERWISE,
    ),
    Case(
        name="heroku.set_secret",
        verb="heroku.set_secret",
        **SECRET,
        arguments={"key": "SEARCH_TOKEN", "value": {"secret": "admin"}},
        foreign=config_set_by_somebody(SEARCH_TOKEN="a third value of search_token"),
        moved_on=config_set_by_somebody(SEARCH_TOKEN="a third value of search_token"),
        idle=already_the_secret("SEARCH_TOKEN"),
    ),
    Case(
        name="heroku.set_webhook_secret",
        verb="heroku.set_webhook_secret",
        **SECRET,
        arguments={"key": "STRIPE_WEBHOOK_SECRET", "value": {"secret": "admin"}},
        foreign=config_set_by_somebody(STRIPE_WEBHOOK_SECRET="a third value of stripe_webhook_secret"),
        moved_on=config_set_by_somebody(STRIPE_WEBHOOK_SECRET="a third value of stripe_webhook_secret"),
        idle=already_the_secret("STRIPE_WEBHOOK_SECRET"),
    ),
    Case(
        name="heroku.run",
        verb="heroku.run",
        **HEROKU,
        scene=gitquest,
        arguments={"command": "npm run migrate:rollback --workspace=backend", "release": 42},
        path="/dynos$",
        effects=("heroku.run",),
        writes=1,
    ),
    Case(
        name="heroku.maintenance",
        verb="heroku.maintenance",
        **HEROKU,
        scene=gitquest,
        path=f"/apps/{BACKEND}$",
        effects=("heroku.maintenance",),
        writes=1,
        settles=False,
        two_valued=True,
        foreign=maintained_by_somebody,
        undo_effects=("heroku.maintenance",),
        undo_writes=1,
        idle=lambda _: {"on": False},
    ),
    Case(
        name="heroku.reset_connections",
        verb="heroku.reset_connections",
        **HEROKU,
        scene=gitquest,
        path="/connection_reset$",
        effects=("heroku.reset_connections",),
        writes=1,
        settles=False,
        marked=False,
    ),
)


def measured(sandbox: Sandbox) -> None:
    gitquest(sandbox)
    app_of(sandbox).logs_runtime_metrics = True


READINGS = (
    ReadingCase(
        name="heroku.status",
        reading="heroku.status",
        scene=gitquest,
        key=HerokuKey.READ_ONLY,
        target=APP,
        sees=lambda it: (it.wanted, it.running, it.failing_copies, it.size) == (3, 3, 0, "standard-1x"),
    ),
    ReadingCase(
        name="heroku.releases",
        reading="heroku.releases",
        scene=gitquest,
        key=HerokuKey.READ_ONLY,
        target=APP,
        sees=lambda it: (it.name, it.previous, it.deploying) == ("v42", "v41", False),
    ),
    ReadingCase(
        name="heroku.logs",
        reading="heroku.logs",
        scene=gitquest,
        key=HerokuKey.READ_ONLY,
        target=APP,
        arguments={
            "matching": ["H1[0-9]", "R14"],
            "within": "15m",
            "count": {"memory": "R14"},
            "source": "heroku",
        },
        sees=lambda it: (it.count, it.is_cut, it.counts) == (2, False, {"memory": 1}),
    ),
    ReadingCase(
        name="heroku.metrics",
        reading="heroku.metrics",
        scene=visited(measured),
        key=HerokuKey.READ_ONLY,
        target=APP,
        arguments={"metric": "memory", "by": {"dyno": "dyno"}},
        sees=lambda it: (
            (round(it.value, 3), it.unit, it.by["dyno"].list, it.complete)
            == (0.352, "share", ("web.1", "web.2"), True)
        ),
    ),
    ReadingCase(
        name="heroku.release_output",
        reading="heroku.release_output",
        scene=gitquest,
        key=HerokuKey.READ_ONLY,
        target=APP,
        arguments={"matching": ["relation"], "number": r"(\d+)"},
        sees=lambda it: (it.count, it.is_cut, it.name, it.failed) == (1, False, "v39", True),
        believes_garbage=True,
    ),
    ReadingCase(
        name="heroku.release_output of all lines",
        reading="heroku.release_output",
        scene=gitquest,
        key=HerokuKey.READ_ONLY,
        target=APP,
        sees=lambda it: (it.count, it.name, it.failed) == (1, "v39", True),
        believes_garbage=True,
    ),
    ReadingCase(
        name="heroku.secrets",
        reading="heroku.secrets",
        scene=gitquest,
        key=HerokuKey.READ_ONLY,
        target=APP,
        secrets={"SEARCH_TOKEN": "what the team has"},
        sees=lambda it: (it.count, it.list[0].name, it.outdated) == (6, "DB_POOL_MAX", ("SEARCH_TOKEN",)),
    ),
    ReadingCase(
        name="heroku.recent",
        reading="heroku.recent",
        scene=gitquest,
        key=HerokuKey.READ_ONLY,
        target=APP,
        arguments={"within": "2d"},
        sees=lambda it: (it.deploys, it.configs, it.is_complete) == (1, 1, True),
    ),
)
