"""What a catalogue names of Vercel: projects with their domain, variables, and items of stores."""

from dataclasses import dataclass
from typing import Any

from sandbox.clock import milliseconds
from sandbox.instances import Host, ServiceInstance
from sandbox.named_places import (
    CodeState,
    EnvironmentSwitch,
    Furnishings,
    Headway,
    KeptSwitch,
    Premises,
    Spot,
)
from sandbox.vercel.deployment import Commit
from sandbox.vercel.flag import GlobalConfig
from sandbox.vercel.world import VercelWorld


def _project(world: VercelWorld, place: Spot) -> Host:
    name = place.said("project")
    domain = place.said("domain") or f"{name}.vercel.example"
    project = world.add(name, place.said("team", "team"), [domain])
    for secret, value in place.secrets.items():
        project.keep(secret, value, "sensitive")
    return project


def _deploy(world: VercelWorld, place: Spot, revision: CodeState) -> None:
    commit = Commit(revision.commit, revision.title, revision.good)
    world.projects[place.said("project")].deployed(commit, revision.ago)


def _attempt(world: VercelWorld, place: Spot, revision: CodeState) -> None:
    """A build that failed, or never ends; what is live stays so."""
    project = world.projects[place.said("project")]
    made = project.build(Commit(revision.commit, revision.title, revision.good))
    made.timetable.clear()
    made.created = milliseconds(world.clock.now() - revision.ago)
    made.state = "BUILDING" if revision.headway is Headway.DEPLOYING else "ERROR"


def _forget(world: VercelWorld, place: Spot) -> None:
    """Every deployment but what is live was deleted."""
    project = world.projects[place.said("project")]
    for one in project.deployments:
        one.deleted = one.id != project.live


def _set(world: VercelWorld, place: Spot, kept: KeptSwitch) -> EnvironmentSwitch:
    """The variable was there before the first build."""
    name = kept.said("key")
    _write(world, place, name, str(kept.value), "plain")
    return EnvironmentSwitch(name)


def _hide(world: VercelWorld, place: Spot, name: str, value: str) -> None:
    _write(world, place, name, value, "sensitive")


def _write(world: VercelWorld, place: Spot, name: str, value: str, kind: str) -> None:
    """In place of what stood there, in every build as well."""
    project = world.projects[place.said("project")]
    project.variables = [one for one in project.variables if one.key != name]
    project.keep(name, value, kind)
    for one in project.deployments:
        one.environment[name] = value


@dataclass(frozen=True)
class Item:
    """An item of a store, which every copy reads whenever it is needed."""

    store: GlobalConfig
    key: str

    def __call__(self, _: ServiceInstance) -> Any:
        """What it is at this moment."""
        return self.store.items.get(self.key)


def _keep(world: VercelWorld, place: Spot, kept: KeptSwitch) -> Item:
    """A store is some project's, or nobody's here."""
    ident = kept.said("store")
    if ident not in world.stores:
        projects = list(world.projects.values())
        owner = world.projects.get(place.said("project")) or next(iter(projects), None)
        account = owner.account if owner else "team"
        items = owner.items if owner else {}
        at = world.origin.milliseconds()
        world.stores[ident] = GlobalConfig(ident, account, f"config-{len(world.stores)}", items, at)
    world.stores[ident].items[kept.said("key")] = kept.value
    return Item(world.stores[ident], kept.said("key"))


FURNISHINGS = Furnishings(
    hosts={"vercel": Premises(_project, _deploy, _hide, attempt=_attempt, forget=_forget)},
    switches={"vercel.set_config": _set, "vercel.set_edge_config": _keep},
)
