"""Firebase's verbs in the worlds they are tried in, and what somebody else may do there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from starlette.types import ASGIApp

from sandbox.firebase.backend import Backend
from sandbox.firebase.keys import FirebaseKey
from sandbox.firebase.project import Project
from sandbox.firebase.scenes import FLAG, PROJECT, crowded, packs
from sandbox.firebase.service import Service
from sandbox.firebase.site import Site
from sandbox.firebase.template import Template
from sandbox.firebase.world import FirebaseWorld
from sandbox.world import Sandbox
from stanch.model.change import Target
from tests.activities.contract.case import AT, Case, ReadingCase, in_process

PURCHASE = Target(
    provider="firebase",
    name=f"{PROJECT}/us-central1/functions/purchasePack",
    at={"project": PROJECT, "region": "us-central1", "function": "purchasePack", "site": PROJECT},
)
SITE = Target(
    provider="firebase",
    name=f"{PROJECT}/sites/{PROJECT}",
    at={"project": PROJECT, "region": "us-central1", "site": PROJECT},
)
ADMIN = Target(
    provider="firebase",
    name=f"{PROJECT}/us-central1/backends/pack-admin",
    at={"project": PROJECT, "region": "us-central1", "backend": "pack-admin"},
)


def project_in(sandbox: Sandbox) -> Project:
    return sandbox.of(FirebaseWorld).projects[PROJECT]


def service_in(sandbox: Sandbox) -> Service:
    return project_in(sandbox).services["us-central1/purchasepack"]


def site_in(sandbox: Sandbox) -> Site:
    return project_in(sandbox).sites[PROJECT]


def backend_in(sandbox: Sandbox) -> Backend:
    return project_in(sandbox).backends["us-central1/pack-admin"]


def flags_in(sandbox: Sandbox) -> Template:
    return project_in(sandbox).templates["client"]


def stands(sandbox: Sandbox) -> Any:
    """What visitors get and what the service is given, whatever its revisions are called."""
    service = service_in(sandbox)
    served = service.revision(next(iter(service.shares())))
    latest = service.traffic[0].get("revision") == (served.id if served else "")
    return {**service.state(), "served": None if not latest else service.shares()}


def live(sandbox: Sandbox) -> str:
    return site_in(sandbox).live


def values(sandbox: Sandbox) -> Any:
    return flags_in(sandbox).content


def deployed(name: str) -> Callable[[Sandbox], None]:
    """Somebody deploys there."""

    def deploy(sandbox: Sandbox) -> None:
        sandbox.of(FirebaseWorld).deploy(name)

    return deploy


def published(value: str) -> Callable[[Sandbox], None]:
    """Somebody publishes another value of the flag in the console."""

    def publish(sandbox: Sandbox) -> None:
        content = flags_in(sandbox).content
        parameter = {**content["parameters"][FLAG], "defaultValue": {"value": value}}
        parameters = {**content["parameters"], FLAG: parameter}
        flags_in(sandbox).publish({**content, "parameters": parameters})

    return publish


def resized(memory: str) -> Callable[[Sandbox], None]:
    """Somebody deploys with another size."""

    def resize(sandbox: Sandbox) -> None:
        service_in(sandbox).deployed(memory=memory)

    return resize


def warmed(count: int) -> Callable[[Sandbox], None]:
    """Somebody keeps another number of instances warm."""

    def warm(sandbox: Sandbox) -> None:
        service = service_in(sandbox)
        service.scaling = {"minInstanceCount": count}
        service.begin(1)
        service.settle()

    return warm


def widened(most: int) -> Callable[[Sandbox], None]:
    """Somebody allows another number of instances."""

    def widen(sandbox: Sandbox) -> None:
        service = service_in(sandbox)
        service.template = {**service.template, "scaling": {"maxInstanceCount": most}}
        service.renew(good=True, creator="ana@team.example")
        service.settle()

    return widen


def running(sandbox: Sandbox) -> str:
    return service_in(sandbox).revisions[0].id


KEY, HOOK = "WALLET_SECRET", "STRIPE_WEBHOOK_SECRET"
OLD, NEW = "first value of wallet_secret", "second value of wallet_secret"


def name_version(sandbox: Sandbox, key: str, version: str) -> None:
    """Somebody deploys a revision that is given this version of the secret of that name."""
    service = service_in(sandbox)
    container = service.template["containers"][0]
    others = [one for one in container["env"] if one["name"] != key]
    given = {"name": key, "valueSource": {"secretKeyRef": {"secret": key, "version": version}}}
    service.template = {**service.template, "containers": [{**container, "env": [*others, given]}]}
    service.renew(good=True, creator="ana@team.example")
    service.settle()


def guarded(sandbox: Sandbox) -> None:
    """One secret by its number, and the newest of another."""
    crowded(sandbox)
    project_in(sandbox).vault.update({KEY: [OLD], HOOK: [OLD]})
    name_version(sandbox, KEY, "1")
    name_version(sandbox, HOOK, "latest")


def version_added(key: str) -> Callable[[Sandbox], None]:
    """Somebody adds a version of the secret."""

    def add(sandbox: Sandbox) -> None:
        project_in(sandbox).vault[key].append("what somebody thinks best")

    return add


def held(sandbox: Sandbox) -> Any:
    """What the service names, and the newest value of each secret."""
    containers = service_in(sandbox).template["containers"]
    newest = {name: values[-1] for name, values in project_in(sandbox).vault.items()}
    return sorted(containers[0]["env"], key=lambda one: str(one["name"])), newest


def given_already(key: str) -> Callable[[Sandbox], dict[str, Any]]:
    """The service is given the team's value."""

    def idle(sandbox: Sandbox) -> dict[str, Any]:
        project_in(sandbox).vault[key].append(NEW)
        name_version(sandbox, key, "2")
        return {"key": key, "value": {"secret": "next"}}

    return idle


ON: dict[str, Any] = {"key": FirebaseKey.ALL, "target": PURCHASE}
SERVICE: dict[str, Any] = {
    **ON,
    "look": stands,
    "path": "/services/purchasepack$",
    "waits_while_empty": True,
}
SECRET: dict[str, Any] = {
    **ON,
    "look": held,
    "scene": guarded,
    "path": ":addVersion$",
    "waits_while_empty": True,
    "effects": ("firebase.add_secret_version", "firebase.create_revision"),
    "writes": 2,
    "undo_effects": ("firebase.add_secret_version", "firebase.create_revision"),
    "undo_writes": 2,
    "secrets": {"next": NEW, "before": OLD},
}
CASES = (
    Case(
        name="firebase.roll_back_hosting",
        verb="firebase.roll_back_hosting",
        key=FirebaseKey.ALL,
        target=SITE,
        look=live,
        scene=packs,
        path="/releases$",
        effects=("firebase.release",),
        writes=1,
        settles=False,
        foreign=deployed(f"site {PROJECT}"),
        undo_effects=("firebase.release",),
        undo_writes=1,
        moved_on=deployed(f"site {PROJECT}"),
        idle=lambda sandbox: {"release": live(sandbox)},
    ),
    Case(
        name="firebase.roll_back",
        verb="firebase.roll_back",
        **SERVICE,
        scene=packs,
        effects=("firebase.move_traffic",),
        writes=1,
        foreign=deployed("purchasePack"),
        undo_effects=("firebase.move_traffic",),
        undo_writes=1,
        moved_on=deployed("purchasePack"),
        idle=lambda sandbox: {"release": running(sandbox)},
    ),
    Case(
        name="firebase.roll_back_app_hosting",
        verb="firebase.roll_back_app_hosting",
        key=FirebaseKey.ALL,
        target=ADMIN,
        look=lambda sandbox: backend_in(sandbox).live,
        scene=packs,
        path="/rollouts$",
        effects=("firebase.roll_out",),
        writes=1,
        foreign=deployed("backend pack-admin"),
        undo_effects=("firebase.roll_out",),
        undo_writes=1,
        moved_on=deployed("backend pack-admin"),
        idle=lambda sandbox: {"release": backend_in(sandbox).live},
    ),
    Case(
        name="firebase.scale size",
        verb="firebase.scale",
        **SERVICE,
        scene=crowded,
        arguments={"size": "1GiB"},
        effects=("firebase.create_revision",),
        writes=1,
        foreign=resized("512Mi"),
        undo_effects=("firebase.create_revision",),
        undo_writes=1,
        moved_on=resized("2Gi"),
        idle=lambda _: {"size": {"at_least": "256Mi"}},
    ),
    Case(
        name="firebase.scale count",
        verb="firebase.scale",
        **SERVICE,
        scene=crowded,
        arguments={"count": 3},
        effects=("firebase.scale",),
        writes=1,
        foreign=warmed(2),
        undo_effects=("firebase.scale",),
        undo_writes=1,
        moved_on=warmed(4),
        idle=lambda _: {"ceiling": 40},
    ),
    Case(
        name="firebase.scale ceiling",
        verb="firebase.scale",
        **SERVICE,
        scene=crowded,
        arguments={"ceiling": 200},
        limits={"max_count": 300, "largest_size": ""},
        effects=("firebase.create_revision",),
        writes=1,
        foreign=widened(150),
        undo_effects=("firebase.create_revision",),
        undo_writes=1,
        moved_on=widened(250),
        idle=lambda _: {"ceiling": 100},
    ),
    Case(
        name="firebase.restart",
        verb="firebase.restart",
        **SERVICE,
        scene=crowded,
        effects=("firebase.create_revision",),
        writes=1,
    ),
    Case(
        name="firebase.set_secret",
        verb="firebase.set_secret",
        **SECRET,
        arguments={"key": KEY, "value": {"secret": "next"}, "before": {"secret": "before"}},
        foreign=version_added(KEY),
        moved_on=version_added(KEY),
        idle=given_already(KEY),
    ),
    Case(
        name="firebase.set_webhook_secret",
        verb="firebase.set_webhook_secret",
        **SECRET,
        arguments={"key": HOOK, "value": {"secret": "next"}},
        foreign=version_added(HOOK),
        moved_on=version_added(HOOK),
        idle=given_already(HOOK),
    ),
    Case(
        name="firebase.set_flag",
        verb="firebase.set_flag",
        **ON,
        look=values,
        scene=packs,
        arguments={"key": FLAG, "value": False},
        path="/remoteConfig$",
        effects=("firebase.publish_flags",),
        writes=1,
        settles=False,
        foreign=published("maybe"),
        undo_effects=("firebase.publish_flags",),
        undo_writes=1,
        moved_on=published("maybe"),
        idle=lambda _: {"key": FLAG, "value": True, "conditions": "keep"},
    ),
    Case(
        name="firebase.set_flag in a group",
        verb="firebase.set_flag",
        **ON,
        look=values,
        scene=packs,
        arguments={"key": "show_active_entitlements", "value": "false"},
        path="/remoteConfig$",
        effects=("firebase.publish_flags",),
        writes=1,
        settles=False,
        foreign=lambda sandbox: in_the_group(sandbox, "maybe"),
        undo_effects=("firebase.publish_flags",),
        undo_writes=1,
        moved_on=lambda sandbox: in_the_group(sandbox, "maybe"),
        idle=lambda _: {"key": "show_active_entitlements", "value": "true"},
    ),
)


def in_the_group(sandbox: Sandbox, value: str) -> None:
    """Somebody publishes another value of the parameter that is in a group."""
    parameter = {"defaultValue": {"value": value}, "valueType": "BOOLEAN"}
    group = {"sections": {"parameters": {"show_active_entitlements": parameter}}}
    flags_in(sandbox).publish({**flags_in(sandbox).content, "parameterGroups": group})


def just_started(outside: Any, line: ASGIApp) -> None:
    """A worker that has no token yet asks for one with every look."""
    in_process(outside, line)
    outside.credentials.drop(outside.credentials._token)


LOOKED: dict[str, Any] = {
    "key": FirebaseKey.READ_ONLY,
    "target": PURCHASE,
    "scene": packs,
    "attach": just_started,
}
READINGS = (
    ReadingCase(
        name="firebase.releases",
        reading="firebase.releases",
        **LOOKED,
        first_bad_at=AT - timedelta(minutes=6),
        sees=lambda it: (
            (it.name[:18], it.previous[:18]) == ("purchasepack-00003", "purchasepack-00002")
            and (it.is_suspect, it.held, it.deploying) == (True, False, False)
        ),
    ),
    ReadingCase(
        name="firebase.releases of the 1st generation",
        reading="firebase.releases",
        **{
            **LOOKED,
            "target": PURCHASE.model_copy(update={"at": {**PURCHASE.at, "function": "nightlyReport"}}),
        },
        sees=lambda it: (it.generation, it.name, it.previous) == (1, "1", None),
    ),
    ReadingCase(
        name="firebase.status",
        reading="firebase.status",
        **LOOKED,
        sees=lambda it: (
            (it.state, it.is_down, it.memory_mb, it.wanted, it.at_most) == ("ACTIVE", False, 256, 0, 100)
            and list(it.serving.values()) == [100]
        ),
    ),
    ReadingCase(
        name="firebase.logs",
        reading="firebase.logs",
        **LOOKED,
        arguments={
            "matching": ["CRITICAL_PURCHASE_ERROR", "pack_purchase_failed"],
            "count": {"failed": "pack_purchase_failed"},
        },
        sees=lambda it: (it.count, it.is_cut, it.counts) == (13, False, {"failed": 1}),
    ),
    ReadingCase(
        name="firebase.metrics",
        reading="firebase.metrics",
        **LOOKED,
        arguments={"metric": "error_rate"},
        sees=lambda it: (round(it.value, 3), it.unit, it.complete) == (0.073, "share", True),
    ),
    ReadingCase(
        name="firebase.metrics of memory",
        reading="firebase.metrics",
        **LOOKED,
        arguments={"metric": "memory"},
        sees=lambda it: (it.value, it.unit, it.complete) == (0.97, "share", True),
    ),
    ReadingCase(
        name="firebase.remote_config",
        reading="firebase.remote_config",
        **LOOKED,
        arguments={"key": FLAG},
        sees=lambda it: (
            (it.value, it.conditions, it.version, it.by)
            == ("true", {"ios": "the app's own default"}, 86, "ana@team.example")
        ),
    ),
    ReadingCase(
        name="firebase.hosting",
        reading="firebase.hosting",
        **{**LOOKED, "target": SITE},
        first_bad_at=AT - timedelta(minutes=6),
        sees=lambda it: (it.is_suspect, it.type, bool(it.previous_version)) == (True, "DEPLOY", True),
    ),
    ReadingCase(
        name="firebase.rollouts",
        reading="firebase.rollouts",
        **{**LOOKED, "target": ADMIN},
        first_bad_at=AT - timedelta(minutes=6),
        sees=lambda it: (
            (it.version, it.previous_version) == ("build-2026-11-003", "build-2026-11-002")
            and (it.is_suspect, it.branch) == (True, "main")
        ),
    ),
    ReadingCase(
        name="firebase.recent of a backend",
        reading="firebase.recent",
        **{**LOOKED, "target": ADMIN},
        arguments={"within": "2d"},
        sees=lambda it: (it.deploys, it.is_complete) == (2, True),
    ),
    ReadingCase(
        name="firebase.recent",
        reading="firebase.recent",
        **LOOKED,
        arguments={"within": "2d"},
        sees=lambda it: (it.deploys, it.flags, it.is_complete) == (4, 0, True),
    ),
)
