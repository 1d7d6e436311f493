"""The one composition root: which workers there are, for which integrations, and what each works with."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.as_activities import activities_of_reader, activities_of_verb
from activities.authority import Authority
from activities.channels import Channels
from activities.guard_activities import Guards
from activities.integration import Integration, Surroundings
from activities.journal import Journal
from activities.registry import MODULES, accounts, integrations
from stanch.errors import ConfigError
from stanch.model.team import Provider, Team
from stanch.playbooks.problems import instead_of
from stanch.policy.signing import Keyring, identity_with
from stanch.secrets import Redactor
from workers.interceptors import AtHand, Doorkeeper, WorkerInterceptor
from workflows.afterwards import PaperworkWorkflow, RevertWorkflow
from workflows.calls import HOME, queue_of
from workflows.incident import IncidentWorkflow

if TYPE_CHECKING:
    from stanch.store import Store  # loaded by the processes that open it, and by no other

WORKFLOWS = [IncidentWorkflow, RevertWorkflow, PaperworkWorkflow]
_STICKY = timedelta(seconds=3)
"""How long a workflow waits for a worker that died before another one takes it; the SDK's own is 10 s."""
_CACHED = 300
"""Workflows kept in memory, some 200 kB each; an older one's history is read again, in some milliseconds."""
_GRACE = timedelta(seconds=10)


@dataclass(frozen=True)
class Setting:
    """What workers are made from."""

    team: Team
    journal: Path
    keys: Keyring
    redactor: Redactor
    store: "Store | None" = None
    """Only the home worker needs it: one that holds a vendor's credential asks nothing of the store."""
    paced: bool = True
    """Vendors are asked no more often than they allow; not where time is skipped, and theirs with it."""
    messages: Mapping[str, str] = field(default_factory=dict)
    """What people are told in the team's own words, by name."""


OURS = "home"
"""Stanch itself: incidents, guards, journal, channels; and whatever takes no vendor's credential."""


def named(text: str) -> list[str]:
    """`fly, vercel` and `fly,vercel` are the same two names."""
    return [name for name in re.split(r"[,\s]+", text) if name]


def chosen(team: Team, only: Iterable[str] = (), but: Iterable[str] = ()) -> list[str]:
    """Integrations by name, `home` first where it is chosen; raises `ConfigError` where nobody would work."""
    wanted, unwanted = list(dict.fromkeys(only)), set(but)
    users = accounts()
    vendors = [one.name for one in integrations() if one.vendor and not one.account]
    for name in (*wanted, *sorted(unwanted)):
        if name not in MODULES and name != OURS:
            known = [OURS, *vendors]
            raise ConfigError(f"there is no provider {name} to work for. {instead_of(name, known)}")
        if name in users:
            account = users[name]
            raise ConfigError(f"{name} is worked for with the credential of {account}: name {account}")
    for name in wanted:
        if name in vendors and name not in team.providers:
            raise ConfigError(
                f"--only {name}: {name} is not set up here. Write providers: {{{name}: {{token: env:NAME}}}}"
                " in stanch.yaml, or leave it out"
            )
    have = wanted or [OURS, *(name for name in vendors if name in team.providers)]
    found = [name for name in have if name not in unwanted]
    if not found:
        raise ConfigError("--only and --except leave nothing to work for: name one more under --only")
    return [each for name in found for each in (name, *(one for one in users if users[one] == name))]


@dataclass(frozen=True)
class Post:
    """One task queue, and what is done there."""

    queue: str
    activities: Sequence[Callable[..., Any]]
    per_second: float | None = None


def posts(client: Client, setting: Setting, only: Iterable[str] = ()) -> list[Post]:
    """One for each task queue; `only` some integrations, for a process with no other credential.

    Raises `ConfigError` where a credential is no good.
    """
    names = list(only) or chosen(setting.team)
    found = [
        Post(
            queue_of(integration.name),
            _of(integration, setting),
            integration.per_second if setting.paced else None,
        )
        for integration in _integrations(names)
    ]
    return [_home(client, setting), _tell(setting), *found] if OURS in names else found


def worker(client: Client, setting: Setting, post: Post, at_hand: AtHand) -> Worker:
    """Who works at a post, by the activities that are at hand."""
    interceptors = [WorkerInterceptor(setting.redactor, setting.keys), Doorkeeper(), at_hand]
    if post.queue == HOME:
        return Worker(
            client,
            task_queue=HOME,
            identity=identity_with(client.identity, setting.keys.current),
            workflows=WORKFLOWS,
            activities=post.activities,
            workflow_runner=UnsandboxedWorkflowRunner(),
            interceptors=interceptors,
            max_cached_workflows=_CACHED,
            sticky_queue_schedule_to_start_timeout=_STICKY,
            graceful_shutdown_timeout=_GRACE,
        )
    return Worker(
        client,
        task_queue=post.queue,
        activities=post.activities,
        interceptors=interceptors,
        max_concurrent_activities=50,
        max_task_queue_activities_per_second=post.per_second,
        max_heartbeat_throttle_interval=timedelta(seconds=2),
        graceful_shutdown_timeout=_GRACE,
    )


def _integrations(names: Sequence[str]) -> list[Integration]:
    """Those of these names; with Stanch itself, also those that take no vendor's credential."""
    return [
        integration
        for integration in integrations()
        if integration.name in names or (OURS in names and not integration.vendor)
    ]


def queues_of(team: Team, only: Iterable[str] = ()) -> list[str]:
    """The task queues of activities that somebody has to work on for this team."""
    names = list(only) or chosen(team)
    ours = [queue_of("tell")] if OURS in names else []
    return [*ours, *(queue_of(integration.name) for integration in _integrations(names))]


def _of(integration: Integration, setting: Setting) -> list[Callable[..., Any]]:
    outside = integration.connect(surroundings(integration.name, setting))
    authority = Authority(setting.keys, setting.team)
    verbs = [activities_of_verb(verb(outside), authority) for verb in integration.verbs]
    readers = {reader.spec.name: reader(outside, setting.journal) for reader in integration.readings}
    readings = [activities_of_reader(reader, readers) for reader in readers.values()]
    return [each for group in (*verbs, *readings) for each in group]


def surroundings(name: str, setting: Setting) -> Surroundings:
    """What one integration is connected with."""
    settings = setting.team.providers.get(accounts().get(name, name), Provider())
    if name == "status":
        pages = {page: found.model_dump() for page, found in setting.team.status_pages.items()}
        settings = Provider.model_validate({"pages": pages})
    return Surroundings(
        settings=settings,
        redactor=setting.redactor,
        fingerprint_key=setting.keys.current,
        references=dict(setting.team.secrets),
    )


def _home(client: Client, setting: Setting) -> Post:
    if setting.store is None:
        raise ConfigError("the worker of incidents needs the store: see STANCH_STORE")
    guards = Guards(client, setting.store, setting.team, accounts())
    journal = Journal(setting.journal, client)
    return Post(HOME, [guards.ask, guards.let_go, journal.close, journal.left])


def _tell(setting: Setting) -> Post:
    channels = Channels(setting.team, setting.redactor, setting.messages)
    return Post(queue_of("tell"), channels.activities())
