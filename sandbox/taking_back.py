"""A vendor's world as it was before a write, to be put back by somebody else later."""

import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.base import SandboxBase, World


@dataclass
class TakingBack:
    """What will be put back, and when."""

    due: datetime
    world: World
    before: dict[str, Any]
    memo: dict[int, Any] = field(repr=False)

    @classmethod
    def of(cls, sandbox: SandboxBase, world: World, due: datetime) -> "TakingBack":
        """The world as it stands; what is not the vendor's own is the same before and after."""
        common = (sandbox, sandbox.clock, sandbox.origin, sandbox.ledger, sandbox.pace, sandbox.visitors)
        memo: dict[int, Any] = {id(one): one for one in (*common, *sandbox.services.values())}
        before = {name: copy.deepcopy(value, memo) for name, value in vars(world).items()}
        return cls(due, world, before, memo)

    def happen(self, sandbox: SandboxBase) -> None:
        """All of it is as it was, and services run on what they ran on."""
        vars(self.world).update(self.before)
        for service in sandbox.services.values():
            service.host = self.memo.get(id(service.host), service.host)
