"""Flags of AppConfig that a catalogue names, as its furnishing puts them there."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sandbox.aws.managed import Application, Environment, HostedVersion, Profile, Rollout
from sandbox.aws.world import AwsWorld
from sandbox.instances import ServiceInstance
from sandbox.named_places import KeptSwitch, Spot
from sandbox.timetable import Timetable


@dataclass(frozen=True)
class Flag:
    """A flag of AppConfig, in the version that everybody gets."""

    environment: Environment
    profile: Profile
    key: str

    def __call__(self, _: ServiceInstance) -> Any:
        """Whether it is on, or what it says."""
        rollout = self.environment.in_force(self.profile)
        versions = {one.number: one.content for one in self.profile.versions}
        said = json.loads(versions[rollout.version])["values"].get(self.key, {}) if rollout else {}
        return said.get("value", said.get("enabled"))


def hold_flag(world: AwsWorld, _: Spot, kept: KeptSwitch) -> Flag:
    """The flag stands at this, with whatever it is part of."""
    application = _named(world.applications.values(), kept.said("application")) or Application(
        f"app{len(world.applications) + 1}", kept.said("application")
    )
    world.applications[application.id] = application
    environment = _named(application.environments.values(), kept.said("environment")) or Environment(
        f"env{len(application.environments) + 1}", kept.said("environment")
    )
    application.environments[environment.id] = environment
    profile = _named(application.profiles.values(), kept.said("profile")) or Profile(
        f"profile{len(application.profiles) + 1}", kept.said("profile")
    )
    application.profiles[profile.id] = profile
    _write(world, environment, profile, kept)
    return Flag(environment, profile, kept.said("key"))


def _write(world: AwsWorld, environment: Environment, profile: Profile, kept: KeptSwitch) -> None:
    """A flag that is no yes and no is one that is on, with a value."""
    key = kept.said("key")
    content: dict[str, Any] = {"version": "1", "flags": {}, "values": {}}
    if profile.versions:
        content = json.loads(profile.versions[-1].content)
    is_plain = isinstance(kept.value, bool)
    content["flags"][key] = {"name": key}
    content["values"][key] = {"enabled": kept.value} if is_plain else {"enabled": True, "value": kept.value}
    number, started = len(profile.versions) + 1, world.clock.now() - timedelta(days=2)
    profile.versions.append(HostedVersion(number, json.dumps(content).encode()))
    environment.rollouts.insert(0, Rollout(number, profile, number, "", started, Timetable(world.clock)))


def _named(every: Any, name: str) -> Any:
    return next((one for one in every if one.name == name), None)
