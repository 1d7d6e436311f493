"""Cloudflare's verbs in the worlds they are tried in, and what somebody else may do there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from activities.cloudflare.answers import NOTED, TAG
from sandbox.cloudflare.keys import CloudflareKey
from sandbox.cloudflare.scenes import ACCOUNT, DATABASE, FLAGS, WORKER, ZONE, pitchey, starved
from sandbox.cloudflare.version import text
from sandbox.cloudflare.worker import Worker
from sandbox.cloudflare.world import CloudflareWorld
from sandbox.world import Sandbox
from stanch.model.base import digest_of
from stanch.model.change import Target
from stanch.policy.signing import fingerprint
from tests.activities.contract.bench import FINGERPRINTS
from tests.activities.contract.case import AT, Case, ReadingCase, visited

FLAG = "feature:live-pitch"
SENDGRID = "SENDGRID_API_KEY"
OLD, NEW = "first value of sendgrid_api_key", "second value of sendgrid_api_key"
ATTACKER, OTHER = "198.51.100.0/24", "203.0.113.7"
PITCHEY = Target(provider="cloudflare", name=WORKER, at={"worker": WORKER, "account": ACCOUNT, "zone": ZONE})


def world_of(sandbox: Sandbox) -> CloudflareWorld:
    return sandbox.of(CloudflareWorld)


def worker_of(sandbox: Sandbox) -> Worker:
    return world_of(sandbox).workers[WORKER]


def what_stands(sandbox: Sandbox) -> Any:
    """The live code with its bindings and secrets, every value, every limit, every rule."""
    here, worker = world_of(sandbox), worker_of(sandbox)
    live = []
    for version_id, share in worker.live.items():
        version = worker.version(version_id)
        assert version is not None
        bindings = sorted(version.bindings, key=lambda one: str(one["name"]))
        live.append((version.code, share, bindings, version.secrets))
    entries = {key: (one.value, one.metadata) for key, one in here.namespaces[FLAGS].entries.items()}
    rules = [(one.mode, one.value, one.notes) for one in here.zones[ZONE].rules]
    return live, entries, here.pools[DATABASE].limit, rules, dict(worker.secrets)


def somebody_deploys(sandbox: Sandbox) -> None:
    world_of(sandbox).deploy(WORKER)


def somebody_sets_the_flag(sandbox: Sandbox) -> None:
    world_of(sandbox).namespaces[FLAGS].hold(FLAG, "maybe")


def somebody_sets_the_variable(sandbox: Sandbox) -> None:
    worker = worker_of(sandbox)
    others = [one for one in worker.newest.bindings if one["name"] != "RATE_LIMIT"]
    made = worker.upload("code-of-12", bindings=[text("RATE_LIMIT", "250"), *others])
    worker.deploy({made.id: 100})


def what_stands_but_for_counts(sandbox: Sandbox) -> Any:
    """The live code with its bindings, and every secret."""
    worker = worker_of(sandbox)
    live = [(version, worker.version(version)) for version in worker.live]
    shown = [(made.code, sorted(made.bindings, key=lambda one: str(one["name"]))) for _, made in live if made]
    return shown, dict(worker.secrets)


def somebody_changes_the_secret(name: str) -> Any:
    def change_it(sandbox: Sandbox) -> None:
        worker_of(sandbox).change_secret(name, "what somebody thinks best")

    return change_it


def set_by_us(name: str) -> Callable[[Sandbox], dict[str, Any]]:
    """The Worker has the team's value, by a change of ours."""

    def idle(sandbox: Sandbox) -> dict[str, Any]:
        worker = worker_of(sandbox)
        tag = f"{NOTED}{digest_of(name)}:{fingerprint(NEW, FINGERPRINTS)}"
        others = [one for one in worker.newest.bindings if one["name"] != name]
        worker.keep_secret(name, NEW)
        bound = [*others, {"type": "secret_text", "name": name}]
        made = worker.upload("code-of-12", bindings=bound, annotations={TAG: tag})
        worker.deploy({made.id: 100})
        return {"key": name, "value": {"secret": "next"}}

    return idle


def somebody_sets_the_limit(limit: int) -> Any:
    def set_it(sandbox: Sandbox) -> None:
        world_of(sandbox).pools[DATABASE].limit = limit

    return set_it


def somebody_blocks_the_attacker(sandbox: Sandbox) -> None:
    world_of(sandbox).add_rule(ZONE, ATTACKER, notes="ana: attack of last week")


def somebody_rewrites_our_notes(sandbox: Sandbox) -> None:
    world_of(sandbox).zones[ZONE].rules[0].notes = "ana: keep this one"


def both_blocked(sandbox: Sandbox) -> dict[str, Any]:
    somebody_blocks_the_attacker(sandbox)
    world_of(sandbox).add_rule(ZONE, OTHER)
    return {"ranges": [ATTACKER, OTHER]}


CLOUDFLARE: dict[str, Any] = {
    "scene": pitchey,
    "key": CloudflareKey.ALL,
    "target": PITCHEY,
    "look": what_stands,
    "settles": False,
}
SECRET: dict[str, Any] = {
    **CLOUDFLARE,
    "look": what_stands_but_for_counts,
    "path": "/settings$",
    "effects": ("cloudflare.set_settings",),
    "writes": 1,
    "undo_effects": ("cloudflare.set_settings",),
    "undo_writes": 1,
    "secrets": {"next": NEW, "before": OLD},
}
CASES = (
    Case(
        name="cloudflare.roll_back",
        verb="cloudflare.roll_back",
        **CLOUDFLARE,
        path="/deployments$",
        effects=("cloudflare.deploy",),
        writes=1,
        foreign=somebody_deploys,
        undo_effects=("cloudflare.deploy",),
        undo_writes=1,
        moved_on=somebody_deploys,
        idle=lambda sandbox: {"release": worker_of(sandbox).newest.id},
    ),
    Case(
        name="cloudflare.redeploy",
        verb="cloudflare.redeploy",
        **CLOUDFLARE,
        path="/deployments$",
        effects=("cloudflare.deploy",),
        writes=1,
    ),
    Case(
        name="cloudflare.set_flag",
        verb="cloudflare.set_flag",
        **CLOUDFLARE,
        arguments={"key": FLAG, "value": False},
        path="/values/",
        effects=("cloudflare.write_kv",),
        writes=1,
        foreign=somebody_sets_the_flag,
        undo_effects=("cloudflare.write_kv",),
        undo_writes=1,
        moved_on=somebody_sets_the_flag,
        idle=lambda _: {"key": FLAG, "value": True},
    ),
    Case(
        name="cloudflare.set_flag anew",
        verb="cloudflare.set_flag",
        **CLOUDFLARE,
        arguments={"key": "feature/new-one", "value": 0},
        path="/values/",
        effects=("cloudflare.write_kv",),
        writes=1,
        foreign=lambda sandbox: world_of(sandbox).namespaces[FLAGS].hold("feature/new-one", "1"),
        undo_effects=("cloudflare.delete_kv",),
        undo_writes=1,
        moved_on=lambda sandbox: world_of(sandbox).namespaces[FLAGS].hold("feature/new-one", "1"),
        idle=lambda _: {"key": FLAG, "value": True},
    ),
    Case(
        name="cloudflare.set_config",
        verb="cloudflare.set_config",
        **CLOUDFLARE,
        arguments={"key": "RATE_LIMIT", "value": 1000},
        path="/settings$",
        effects=("cloudflare.set_settings",),
        writes=1,
        foreign=somebody_sets_the_variable,
        undo_effects=("cloudflare.set_settings",),
        undo_writes=1,
        moved_on=somebody_sets_the_variable,
        idle=lambda _: {"key": "RATE_LIMIT", "value": "100"},
    ),
    Case(
        name="cloudflare.set_secret",
        verb="cloudflare.set_secret",
        **SECRET,
        arguments={"key": SENDGRID, "value": {"secret": "next"}, "before": {"secret": "before"}},
        foreign=somebody_changes_the_secret(SENDGRID),
        moved_on=somebody_changes_the_secret(SENDGRID),
        idle=set_by_us(SENDGRID),
    ),
    Case(
        name="cloudflare.set_webhook_secret",
        verb="cloudflare.set_webhook_secret",
        **SECRET,
        arguments={"key": "STRIPE_WEBHOOK_SECRET", "value": {"secret": "next"}},
        foreign=somebody_changes_the_secret("STRIPE_WEBHOOK_SECRET"),
        moved_on=somebody_changes_the_secret("STRIPE_WEBHOOK_SECRET"),
        idle=set_by_us("STRIPE_WEBHOOK_SECRET"),
    ),
    Case(
        name="cloudflare.set_hyperdrive_limit",
        verb="cloudflare.set_hyperdrive_limit",
        **{**CLOUDFLARE, "scene": starved},
        arguments={"connections": {"at_least": 80}},
        path="/hyperdrive/",
        effects=("cloudflare.set_connection_limit",),
        writes=1,
        foreign=somebody_sets_the_limit(70),
        undo_effects=("cloudflare.set_connection_limit",),
        undo_writes=1,
        moved_on=somebody_sets_the_limit(40),
        idle=lambda _: {"connections": 60},
    ),
    Case(
        name="cloudflare.block",
        verb="cloudflare.block",
        **CLOUDFLARE,
        waits_while_empty=True,
        arguments={"ranges": [ATTACKER, OTHER], "lasting": "6h"},
        path="/rules$",
        effects=("cloudflare.create_rule",) * 2,
        writes=2,
        foreign=somebody_blocks_the_attacker,
        undo_effects=("cloudflare.delete_rule",) * 2,
        undo_writes=2,
        moved_on=somebody_rewrites_our_notes,
        idle=both_blocked,
    ),
    *(
        Case(
            name=f"cloudflare.purge_cache {name}",
            verb="cloudflare.purge_cache",
            **CLOUDFLARE,
            arguments=given,
            path="/purge_cache$",
            effects=("cloudflare.purge_cache",),
            writes=1,
            marked=False,
        )
        for name, given in {
            "everything": {},
            "tags": {"tags": ["pitches", "home"]},
            "urls": {"urls": ["https://pitchey.example/api/pitches"]},
            "prefixes": {"prefixes": ["pitchey.example/images"]},
        }.items()
    ),
)

CLOUDFLARE_READS: dict[str, Any] = {"scene": pitchey, "key": CloudflareKey.READ_ONLY, "target": PITCHEY}
READINGS = (
    ReadingCase(
        name="cloudflare.releases",
        reading="cloudflare.releases",
        **CLOUDFLARE_READS,
        first_bad_at=AT - timedelta(minutes=5),
        sees=lambda it: (
            (it.name, it.share, it.is_newest, it.is_suspect, it.previous) == ("v12", 1, True, True, "v11")
        ),
    ),
    ReadingCase(
        name="cloudflare.recent",
        reading="cloudflare.recent",
        **CLOUDFLARE_READS,
        sees=lambda it: (it.deploys, it.flags, it.configs, it.is_complete) == (1, 0, 0, True),
    ),
    ReadingCase(
        name="cloudflare.logs",
        reading="cloudflare.logs",
        **CLOUDFLARE_READS,
        arguments={"matching": ["TypeError", "500$"], "count": {"types": "TypeError"}},
        sees=lambda it: (it.count, it.counts, it.is_cut) == (3, {"types": 3}, False),
    ),
    ReadingCase(
        name="cloudflare.metrics",
        reading="cloudflare.metrics",
        **{**CLOUDFLARE_READS, "scene": visited(pitchey)},
        arguments={"metric": "requests"},
        sees=lambda it: (it.value, it.unit, it.complete) == (12000, "", True),
    ),
    ReadingCase(
        name="cloudflare.hyperdrive",
        reading="cloudflare.hyperdrive",
        **CLOUDFLARE_READS,
        sees=lambda it: (
            (it.name, it.connection_limit, it.caching, it.max_age) == ("pitchey-db", 60, True, 60)
        ),
    ),
)
