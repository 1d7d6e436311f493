"""Fly's verbs in the worlds they are tried in, and what somebody else may do there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from activities.fly.secret_metadata import Record, key_of
from sandbox.fly.application import FlyApp
from sandbox.fly.keys import FlyKey
from sandbox.fly.machine import machine_config
from sandbox.fly.scenes import slurpy
from sandbox.fly.world import FlyWorld
from sandbox.mischief import Breakage, Breaking, break_service
from sandbox.world import Sandbox
from stanch.errors import PolicyError
from stanch.model.change import Target
from stanch.policy.signing import fingerprint
from tests.activities.contract.bench import FINGERPRINTS
from tests.activities.contract.case import AT, Case, ReadingCase, visited

CLERK = "CLERK_SECRET_KEY"
OLD_VALUE, NEW_VALUE = "first value of clerk_secret_key", "second value of clerk_secret_key"
BACKEND = Target(provider="fly", name="slurpy-backend", at={"app": "slurpy-backend"})


def backend(sandbox: Sandbox) -> FlyApp:
    return sandbox.of(FlyWorld).apps["slurpy-backend"]


def outdated(sandbox: Sandbox) -> None:
    """Stanch has set a secret; since then the team has another one."""
    slurpy(sandbox)
    app = backend(sandbox)
    noted = Record(fingerprint(OLD_VALUE, FINGERPRINTS), app.secrets[CLERK].body(CLERK)["digest"], 1)
    app.standing()[0].config["metadata"][key_of(CLERK)] = str(noted)


def crowded(sandbox: Sandbox) -> None:
    """The release is good; there is too little of it."""
    slurpy(sandbox)
    for image in backend(sandbox).images.values():
        image.good = True


def stuck(sandbox: Sandbox) -> None:
    """The release is good; its processes hang."""
    crowded(sandbox)
    break_service(sandbox, Breaking(service="backend", breakage=Breakage.STUCK))


def out_of_memory(sandbox: Sandbox) -> None:
    slurpy(sandbox)
    break_service(sandbox, Breaking(service="backend", breakage=Breakage.MEMORY))


def migrated_badly(sandbox: Sandbox) -> None:
    """The release command of v42 failed, and its machine is gone."""
    slurpy(sandbox)
    app = backend(sandbox)
    config = {**app.standing()[0].config, "auto_destroy": True}
    config["metadata"] = {"fly_process_group": "fly_app_release_command", "fly_release_version": "42"}
    machine = app.add(config, "ord", ago=timedelta(minutes=7))
    machine.record("start", "started", AT - timedelta(minutes=6))
    machine.state = "destroyed"
    ended = {"exit_code": 1, "oom_killed": False, "requested_stop": False, "restarting": False}
    machine.record("exit", "stopped", AT - timedelta(minutes=5), request={"exit_event": ended})
    app.say("relation users does not exist, after 12 ms", "error", machine, AT - timedelta(minutes=5))
    app.say("GET / 500", "error", app.standing()[0], AT - timedelta(minutes=5))


def machines_of(sandbox: Sandbox) -> dict[str, Any]:
    """Every machine's whole configuration but the marker, which stays where it was written."""
    found = {}
    for machine in backend(sandbox).standing():
        metadata = {**machine.config["metadata"]}
        metadata.pop("stanch_change", None)
        found[machine.name] = (machine.state, machine.cordoned, {**machine.config, "metadata": metadata})
    return found


def a_larger_machine(cpus: int, memory_mb: int) -> Callable[[Sandbox], None]:
    """Somebody gave the first machine another size."""

    def resize(sandbox: Sandbox) -> None:
        machine = backend(sandbox).standing()[0]
        machine.config = {
            **machine.config,
            "guest": {"cpu_kind": "shared", "cpus": cpus, "memory_mb": memory_mb},
        }

    return resize


def one_more_machine(sandbox: Sandbox) -> None:
    app = backend(sandbox)
    app.add(machine_config(app.releases[0].image_ref), "ord").state = "started"


def the_first_ones_gone(sandbox: Sandbox) -> None:
    for machine in backend(sandbox).standing()[:2]:
        machine.state = "destroyed"


def an_image_deployed(sandbox: Sandbox) -> None:
    sandbox.of(FlyWorld).deploy("slurpy-backend")


def key_rotated(sandbox: Sandbox) -> None:
    """The service needs the new value of a secret, and the app has the old one."""
    crowded(sandbox)
    breaking = Breaking(service="backend", breakage=Breakage.SECRET, name=CLERK, value=NEW_VALUE)
    break_service(sandbox, breaking)


def secrets_of(sandbox: Sandbox) -> dict[str, Any]:
    """The app's secrets, and what each machine runs with beside its configuration."""
    app = backend(sandbox)
    running = {machine.name: dict(machine.secrets) for machine in app.standing()}
    return {"app": {name: one.value for name, one in app.secrets.items()}, "running": running} | {
        name: (state, cordoned, _unnoted(config))
        for name, (state, cordoned, config) in machines_of(sandbox).items()
    }


def _unnoted(config: dict[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in config["metadata"].items() if not key.startswith("stanch_")}
    return {**config, "metadata": metadata}


def secret_set_otherwise(sandbox: Sandbox) -> None:
    backend(sandbox).keep_secret(CLERK, "what somebody else put there")


def secret_run_with(sandbox: Sandbox) -> dict[str, Any]:
    """Every machine was updated with the secret before."""
    app = backend(sandbox)
    app.keep_secret(CLERK, NEW_VALUE)
    digest = app.secrets[CLERK].body(CLERK)["digest"]
    noted = f"{fingerprint(NEW_VALUE, FINGERPRINTS)} {digest} {app.secrets_version}"
    for machine in app.standing():
        machine.config["metadata"][f"stanch_secret_{CLERK}"] = noted
    return SECRET["arguments"]


def variable_set_otherwise(sandbox: Sandbox) -> None:
    machine = backend(sandbox).standing()[0]
    machine.config = {**machine.config, "env": {**machine.config["env"], "BACKOFF": "maybe"}}


FLY: dict[str, Any] = {
    "key": FlyKey.ALL,
    "target": BACKEND,
    "look": machines_of,
    "waits_while_empty": True,
}
SECRET: dict[str, Any] = {
    **FLY,
    "scene": key_rotated,
    "look": secrets_of,
    "arguments": {"key": CLERK, "value": {"secret": "clerk"}, "before": {"secret": "clerk_before"}},
    "secrets": {"clerk": NEW_VALUE, "clerk_before": OLD_VALUE},
    "path": "/metadata/",
    "effects": ("fly.set_metadata", "fly.set_secret", *("fly.update_machine",) * 2),
    "writes": 9,
    "per_unit": ((2, 2), (4, 1), (3, 1)),
    "foreign": secret_set_otherwise,
    "undo_effects": ("fly.set_secret", *("fly.update_machine",) * 2),
    "undo_writes": 8,
    "moved_on": secret_set_otherwise,
    "idle": secret_run_with,
}
CASES = (
    Case(
        name="fly.roll_back",
        verb="fly.roll_back",
        **FLY,
        scene=slurpy,
        path=r"/machines/\w+$",
        effects=("fly.update_machine",) * 2,
        writes=6,
        acts_at=2,
        foreign=an_image_deployed,
        undo_effects=("fly.update_machine",) * 2,
        undo_writes=6,
        moved_on=an_image_deployed,
        idle=lambda _: {"release": 42},
    ),
    Case(
        name="fly.scale count",
        verb="fly.scale",
        **FLY,
        scene=crowded,
        arguments={"count": 4},
        path="/machines$",
        effects=("fly.create_machine",) * 2,
        writes=2,
        foreign=one_more_machine,
        refused=PolicyError,
        undo_effects=("fly.cordon_machine", "fly.stop_machine", "fly.delete_machine") * 2,
        undo_writes=6,
        moved_on=the_first_ones_gone,
        undo_refused=PolicyError,
        idle=lambda _: {"count": {"at_least": 2}},
    ),
    Case(
        name="fly.scale size",
        verb="fly.scale",
        **FLY,
        scene=crowded,
        arguments={"size": "shared-cpu-2x"},
        path=r"/machines/\w+$",
        effects=("fly.update_machine",) * 2,
        writes=6,
        acts_at=2,
        foreign=a_larger_machine(1, 512),
        undo_effects=("fly.update_machine",) * 2,
        undo_writes=6,
        moved_on=a_larger_machine(4, 1024),
        idle=lambda _: {"size": "shared-cpu-1x"},
    ),
    Case(
        name="fly.restart",
        verb="fly.restart",
        **FLY,
        scene=stuck,
        path="/restart$",
        effects=("fly.restart_machine",) * 2,
        writes=6,
        acts_at=2,
    ),
    Case(
        name="fly.run",
        verb="fly.run",
        **FLY,
        scene=slurpy,
        arguments={"command": "bin/rails db:rollback"},
        path="/machines$",
        effects=("fly.create_machine",),
        writes=1,
    ),
    Case(name="fly.set_secret", verb="fly.set_secret", **SECRET),
    Case(name="fly.set_webhook_secret", verb="fly.set_webhook_secret", **SECRET),
    Case(
        name="fly.set_config",
        verb="fly.set_config",
        **FLY,
        scene=crowded,
        arguments={"key": "BACKOFF", "value": True},
        path=r"/machines/\w+$",
        effects=("fly.update_machine",) * 2,
        writes=6,
        acts_at=2,
        foreign=variable_set_otherwise,
        undo_effects=("fly.update_machine",) * 2,
        undo_writes=6,
        moved_on=variable_set_otherwise,
        idle=lambda _: {"key": "PORT", "value": 8080},
    ),
)

READINGS = (
    ReadingCase(
        name="fly.releases",
        reading="fly.releases",
        scene=slurpy,
        key=FlyKey.ALL,
        target=BACKEND,
        sees=lambda it: (it.name, it.previous, it.deploying) == ("v42", "v41", False),
    ),
    ReadingCase(
        name="fly.status",
        reading="fly.status",
        scene=slurpy,
        key=FlyKey.ALL,
        target=BACKEND,
        sees=lambda it: (it.count, it.running, it.failing_copies, it.size) == (2, 2, 2, "shared-cpu-1x"),
    ),
    ReadingCase(
        name="fly.metrics",
        reading="fly.metrics",
        scene=visited(slurpy),
        key=FlyKey.ALL,
        target=BACKEND,
        arguments={"metric": "error_rate"},
        sees=lambda it: (it.value, it.unit, it.complete) == (1.0, "share", True),
    ),
    ReadingCase(
        name="fly.metrics by machine",
        reading="fly.metrics",
        scene=visited(slurpy),
        key=FlyKey.ALL,
        target=BACKEND,
        arguments={"metric": "memory", "by": {"machine": "instance"}},
        sees=lambda it: (it.value, it.by["machine"].different, it.samples) == (0.703, 2, 2),
    ),
    ReadingCase(
        name="fly.status, out of memory",
        reading="fly.status",
        scene=out_of_memory,
        key=FlyKey.ALL,
        target=BACKEND,
        sees=lambda it: (it.memory_kills, it.restarts, it.memory_mb, it.is_cut) == (2, 2, 256, False),
    ),
    ReadingCase(
        name="fly.logs",
        reading="fly.logs",
        scene=slurpy,
        key=FlyKey.ALL,
        target=BACKEND,
        arguments={"matching": ["unhandled exception"]},
        sees=lambda it: (it.count, it.is_cut) == (1, True),
    ),
    ReadingCase(
        name="fly.recent",
        reading="fly.recent",
        scene=slurpy,
        key=FlyKey.ALL,
        target=BACKEND,
        arguments={"within": "2d"},
        sees=lambda it: (it.deploys, it.configs, it.is_complete) == (1, 1, True),
    ),
    ReadingCase(
        name="fly.release_output",
        reading="fly.release_output",
        scene=migrated_badly,
        key=FlyKey.ALL,
        target=BACKEND,
        arguments={"matching": "relation", "count": {"gone": "exist"}, "number": r"after (\d+) ms"},
        sees=lambda it: (
            (it.name, it.failed, it.exit_code, it.count, it.is_cut, it.began_at, it.last)
            == (
                "v42",
                True,
                1,
                1,
                True,
                AT - timedelta(minutes=6),
                "relation users does not exist, after 12 ms",
            )
        ),
    ),
    ReadingCase(
        name="fly.secrets",
        reading="fly.secrets",
        scene=outdated,
        key=FlyKey.ALL,
        target=BACKEND,
        secrets={CLERK: NEW_VALUE},
        sees=lambda it: (
            (sorted(one.name for one in it.list), it.outdated)
            == ([CLERK, "DATABASE_URL", "OPENAI_API_KEY"], (CLERK,))
        ),
    ),
)
