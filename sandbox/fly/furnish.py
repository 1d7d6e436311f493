"""What a catalogue names of Fly: apps of two machines, and variables of their environment."""

from datetime import timedelta

from sandbox.fly.application import FlyApp
from sandbox.fly.machine import machine_config
from sandbox.fly.world import FlyWorld
from sandbox.instances import Host
from sandbox.named_places import CodeState, EnvironmentSwitch, Furnishings, KeptSwitch, Premises, Spot

_FIRST = timedelta(days=90)
_COPIES = 2


def _app(world: FlyWorld, place: Spot) -> Host:
    """An app whose machines run what it began with."""
    app = world.add(place.said("app"))
    for name, value in place.secrets.items():
        app.keep_secret(name, value)
    first = app.image()
    for _ in range(_COPIES):
        app.add(machine_config(first.ref), "ord", ago=_FIRST).state = "started"
    app.deploy(first, _FIRST, stable=True)
    return app


def _deploy(world: FlyWorld, place: Spot, revision: CodeState) -> None:
    app = world.apps[place.said("app")]
    image = app.image(good=revision.good)
    app.deploy(image, revision.ago, stable=revision.good, email=f"{revision.by}@team.example")


def _set(world: FlyWorld, place: Spot, kept: KeptSwitch) -> EnvironmentSwitch:
    app: FlyApp = world.apps[place.said("app")]
    for machine in app.standing():
        environment = {**(machine.config.get("env") or {}), kept.said("key"): str(kept.value)}
        config = {**machine.config, "env": environment}
        machine.take_config(config, machine.instance_id)
    return EnvironmentSwitch(kept.said("key"))


def _keep(world: FlyWorld, place: Spot, name: str, value: str) -> None:
    app = world.apps[place.said("app")]
    app.keep_secret(name, value)
    for machine in app.standing():
        app.hand_secrets_to(machine)


def _fit(world: FlyWorld, place: Spot, count: int) -> None:
    app = world.apps[place.said("app")]
    first, *others = app.standing()
    for machine in others[count - 1 :]:
        del app.machines[machine.id]
    for _ in range(count - len(app.standing())):
        app.add(dict(first.config), first.region, ago=_FIRST).state = "started"


FURNISHINGS = Furnishings(
    hosts={"fly": Premises(_app, _deploy, _keep, _fit)},
    switches={"fly.set_config": _set},
)
