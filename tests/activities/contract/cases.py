"""One case for each verb and variant: its world, its effects, what others may do. A new verb adds its own."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from activities.contract import Part, Verb
from activities.registry import parts
from stanch.errors import Moved, PolicyError, StanchError
from stanch.model.change import Kind, Target
from stanch.sandbox.keys import Key
from stanch.sandbox.scenes import TEAM, shop, slurpy
from stanch.sandbox.world import Sandbox
from tests.activities.contract.worlds import (
    FLAG,
    a_larger_machine,
    a_push_live,
    an_image_deployed,
    crowded,
    flag_built_in,
    flag_set_otherwise,
    machines_of,
    one_more_machine,
    poisoned,
    production_of,
    project,
    stuck,
    the_first_ones_gone,
    the_oldest_live,
)

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
MARKER = "INC-20261121-7K3QXM/1.1"
BACKEND = Target(provider="fly", name="slurpy-backend", at={"app": "slurpy-backend"})
SHOP = Target(provider="vercel", name="my-shop", at={"team": TEAM, "domain": "shop.example"})
SERVICE = Target(provider="http", name="backend")
VERBS: Mapping[str, tuple[Part, type[Verb]]] = {
    verb.spec.name: (part, verb) for part in parts() for verb in part.verbs
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """What one verb, planned with these arguments in this world, does there."""

    name: str
    verb: str
    scene: Callable[[Sandbox], None]
    key: Key
    target: Target
    arguments: dict[str, Any] = field(default_factory=dict)
    """`{base}` in a text is where the sandbox is reached."""
    limits: dict[str, Any] = field(default_factory=lambda: {"max_count": 4, "largest_size": ""})
    effects: tuple[str, ...]
    """What stands in the ledger when the whole change is done, in order."""
    writes: int
    """How many requests that may change something are sent for it, the vendor's locks among them."""
    path: str
    """Where its first effect is asked for."""
    acts_at: int = 1
    """The first of them that has an effect."""
    settles: bool = True
    """The vendor takes its time; False where an answer says that everything is done."""
    marked: bool = True
    """What it leaves behind names its incident."""
    reads_answers: bool = True
    """False where a status says it all and whatever comes with it is overlooked."""
    look: Callable[[Sandbox], Any] = lambda _: None
    """What stands in the world, to be compared before the change and after its undo."""
    foreign: Callable[[Sandbox], None] = lambda _: None
    """Somebody else brings the target to what is neither `was` nor `to`."""
    refused: type[StanchError] = Moved
    undo_effects: tuple[str, ...] = ()
    undo_writes: int = 0
    put_right: tuple[str, ...] = ()
    """What stands in the ledger when the vendor's side effects are put right."""
    moved_on: Callable[[Sandbox], None] = lambda _: None
    """Somebody else goes on from what the change made."""
    undo_refused: type[StanchError] = Moved
    idle: Callable[[Sandbox], dict[str, Any]] = lambda _: {}
    """Arguments with which nothing is to do."""

    @property
    def kind(self) -> Kind:
        """Whether the verb reaches a state or only acts."""
        return VERBS[self.verb][1].spec.kind

    def __str__(self) -> str:
        return self.name


FLY: dict[str, Any] = {"key": Key.FLY, "target": BACKEND, "look": machines_of}
VERCEL: dict[str, Any] = {"scene": shop, "key": Key.VERCEL, "target": SHOP, "look": production_of}
CALL: dict[str, Any] = {
    "verb": "http.call",
    "scene": poisoned,
    "key": Key.SERVICE,
    "target": SERVICE,
    "path": "/admin/",
    "effects": ("service.admin",),
    "writes": 1,
    "settles": False,
    "reads_answers": False,
}
CLEAR = {"url": "{base}/service/backend/admin/cache/clear", "bearer": "admin"}

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
        idle=lambda _: {"version": 42},
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
        name="vercel.roll_back",
        verb="vercel.roll_back",
        **VERCEL,
        path="/rollback/",
        effects=("vercel.rollback",),
        writes=1,
        foreign=a_push_live,
        undo_effects=("vercel.promote",),
        put_right=("vercel.update_project",),
        undo_writes=1,
        moved_on=the_oldest_live,
        idle=lambda sandbox: {"deployment": project(sandbox).live},
    ),
    Case(
        name="vercel.set_flag",
        verb="vercel.set_flag",
        **VERCEL,
        arguments={"key": FLAG, "value": "false"},
        path="/env/",
        effects=("vercel.set_env", "vercel.redeploy"),
        writes=2,
        foreign=flag_set_otherwise,
        undo_effects=("vercel.set_env", "vercel.promote"),
        undo_writes=2,
        moved_on=flag_set_otherwise,
        idle=flag_built_in,
    ),
    Case(name="http.call", **CALL, arguments=CLEAR),
    Case(name="http.call without a key", **CALL, arguments={**CLEAR, "idempotency": False}, marked=False),
)
STATES = tuple(case for case in CASES if case.kind is Kind.STATE)
ACTS = tuple(case for case in CASES if case.kind is Kind.ACT)


def at_every(writes: str, cases: Iterable[Case] = CASES) -> list[tuple[Case, int]]:
    """Each write of each case, counted from 1."""
    return [(case, write) for case in cases for write in range(1, getattr(case, writes) + 1)]
