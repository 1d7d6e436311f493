"""Which version gets the requests, since when, and which one could get them again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from activities.cloudflare.answers import WHOLE, Deployment, Detail, Split, Version
from activities.cloudflare.client import Cloudflare
from stanch.model.change import Target

_LOOKED_AT = 5
"""How many earlier versions are looked at closely: settings make versions too, and most change no code."""


@dataclass(frozen=True)
class History:
    """A Worker's deployments and its deployable versions, newest first each."""

    deployments: Sequence[Deployment]
    versions: Sequence[Version]
    older: Sequence[Version] = ()
    """What is live and too old to be among them: a hundred previews are newer."""

    @property
    def live(self) -> Deployment:
        """What gets the requests now."""
        return self.deployments[0]

    @property
    def newest(self) -> Version | None:
        """The version made last, whether it gets requests or not."""
        return self.versions[0] if self.versions else None

    def number(self, version: str) -> int:
        """Its number; 0 for one that is too old to be listed, and not live."""
        return next((one.number for one in (*self.versions, *self.older) if one.id == version), 0)

    def leading(self, deployment: Deployment) -> str:
        """The newest version of a deployment."""
        return max(deployment.split, key=self.number)

    @property
    def went_back(self) -> bool:
        """True when what is live came by going back to something older: people are at work."""
        before = next((one for one in self.deployments if one.split != self.live.split), None)
        return before is not None and self.number(self.leading(self.live)) < self.number(self.leading(before))

    @property
    def left(self) -> set[str]:
        """The versions that somebody went back from, and that were not deployed again since."""
        left: set[str] = set()
        for older, newer in pairwise(reversed(self.deployments)):
            gone, came = self.leading(older), self.leading(newer)
            if self.number(came) < self.number(gone):
                left.add(gone)
            left.discard(came)
        return left

    @property
    def earlier(self) -> list[Version]:
        """What could be gone back to, newest deployment first: what once got everything and is still there.

        What stands at 100 % now is none of it, nor anything newer, nor what was itself gone back from.
        """
        below, left = self.number(self.leading(self.live)), self.left
        served = dict.fromkeys(one.sole for one in self.deployments[1:])
        known = {one.id: one for one in self.versions if one.number < below and one.id not in left}
        return [known[version] for version in served if version in known]

    def has_served(self, version: str) -> bool:
        """Whether a version ever got requests, as far as is listed."""
        return any(version in deployment.split for deployment in self.deployments)

    def served(self, wanted: str) -> Version | None:
        """The deployable version of this id or number, if it ever got requests."""
        named = (one for one in self.versions if wanted in _names(one))
        return next((one for one in named if self.has_served(one.id)), None)

    def served_since(self, version: str) -> datetime | None:
        """When a version last got everything from."""
        return next((one.created_on for one in self.deployments if one.sole == version), None)

    def secret_changed_since(self, version: Version) -> bool:
        """True when a secret's change made any later version."""
        return any(one.changed_a_secret for one in self.versions if one.number > version.number)

    def named(self, version: str) -> str:
        """`version 12 (18f97339)`."""
        number = self.number(version)
        return f"version {number} ({version[:8]})" if number else f"version {version[:8]}"

    def shares(self, split: Split) -> str:
        """`version 12 (18f97339) at 10 %, version 11 (bcf48806) at 90 %`."""
        return ", ".join(f"{self.named(version)} at {share} %" for version, share in split.items())


@dataclass(frozen=True)
class Standing:
    """The history, and of what is live and what was live before it the code too."""

    history: History
    live: Detail
    same_code: frozenset[str]
    """The versions that are known to have the code that is live."""
    previous: Version | None
    before: Detail | None

    @property
    def came(self) -> Deployment:
        """The deployment that last changed the share of the live code.

        Neither the same split deployed again nor a changed variable changes it.
        """
        for newer, older in pairwise(self.history.deployments):
            if self._share(newer) != self._share(older):
                return newer
        return self.history.deployments[-1]

    @property
    def migrated(self) -> bool:
        """True when a Durable Object migration lies between the two: Cloudflare never goes back past one."""
        return self.before is not None and self.before.migration != self.live.migration

    def _share(self, deployment: Deployment) -> float:
        return sum(share for version, share in deployment.split.items() if version in self.same_code)


async def history_of(cloudflare: Cloudflare, target: Target) -> History:
    """What is listed of a Worker."""
    deployments, versions = await asyncio.gather(cloudflare.deployments(target), cloudflare.versions(target))
    listed = {one.id for one in versions}
    older = [version for version in deployments[0].split if version not in listed]
    found = await asyncio.gather(*(cloudflare.version(target, version) for version in older))
    return History(deployments, versions, found)


async def standing_of(cloudflare: Cloudflare, target: Target) -> Standing:
    """What is live, and the newest earlier version whose *code* is another.

    A changed variable or secret makes a version with the code of the one before: going back to that would
    change nothing that is broken.
    """
    history = await history_of(cloudflare, target)
    live = await cloudflare.detail(target, history.leading(history.live))
    same = {live.id}
    for version in history.earlier[:_LOOKED_AT]:
        detail = await cloudflare.detail(target, version.id)
        if not (live.code and detail.code == live.code):
            return Standing(history, live, frozenset(same), version, detail)
        same.add(version.id)
    return Standing(history, live, frozenset(same), None, None)


def all_of_it(version: str) -> Split:
    """Everything to one version."""
    return {version: WHOLE}


def _names(version: Version) -> set[str]:
    return {version.id, str(version.number), f"v{version.number}"}
