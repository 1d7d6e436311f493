"""What a catalogue names of Heroku: apps with two web dynos, and their config vars."""

from datetime import timedelta

from sandbox.heroku.world import HerokuWorld
from sandbox.instances import Host
from sandbox.named_places import (
    CodeState,
    EnvironmentSwitch,
    Furnishings,
    Headway,
    KeptSwitch,
    Premises,
    Spot,
)

_FIRST = timedelta(days=90)
_COPIES = 2


def _app(world: HerokuWorld, place: Spot) -> Host:
    app = world.add(place.said("app"))
    app.logs_runtime_metrics = True
    app.hidden = set(place.secrets)
    app.config = dict(place.secrets)
    app.add_type(place.said("process_type", "web"), _COPIES)
    app.released("Initial release", app.slug(), _FIRST)
    return app


def _deploy(world: HerokuWorld, place: Spot, revision: CodeState) -> None:
    app = world.apps[place.said("app")]
    by = f"{revision.by}@team.example"
    app.released(f"Deploy {revision.commit[:8]}", app.slug(good=revision.good), revision.ago, user=by)


def _attempt(world: HerokuWorld, place: Spot, revision: CodeState) -> None:
    """A release whose phase failed, or never ends; the one before goes on."""
    app = world.apps[place.said("app")]
    app.released(
        f"Deploy {revision.commit[:8]}",
        app.slug(good=revision.good),
        revision.ago,
        user=f"{revision.by}@team.example",
        status="pending" if revision.headway is Headway.DEPLOYING else "failed",
        output=revision.output,
    )


def _forget(world: HerokuWorld, place: Spot) -> None:
    """Nothing before the newest release can be gone back to."""
    for one in world.apps[place.said("app")].releases[1:]:
        one.eligible = False


def _ran(world: HerokuWorld, place: Spot) -> list[str]:
    app = world.apps[place.said("app")]
    app.observe_dynos()
    return app.ran_well


def _set(world: HerokuWorld, place: Spot, kept: KeptSwitch) -> EnvironmentSwitch:
    """The config var has always stood so."""
    app, name = world.apps[place.said("app")], kept.said("key")
    for config in (app.config, *(one.config for one in app.releases)):
        config[name] = str(kept.value)
    return EnvironmentSwitch(name)


def _keep(world: HerokuWorld, place: Spot, name: str, value: str) -> None:
    app = world.apps[place.said("app")]
    app.hidden.add(name)
    for config in (app.config, *(one.config for one in app.releases)):
        config[name] = value


def _fit(world: HerokuWorld, place: Spot, count: int) -> None:
    app = world.apps[place.said("app")]
    process_type = app.types[place.said("process_type", "web")]
    process_type.quantity = count
    app.fit(process_type)


FURNISHINGS = Furnishings(
    hosts={"heroku": Premises(_app, _deploy, _keep, _fit, _attempt, _forget, _ran)},
    switches={"heroku.set_config": _set},
)
