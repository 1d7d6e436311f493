"""A service of ECS and its deployments: begun, whole, failing, rolled back by the circuit breaker."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.aws.definitions import ACCOUNT, TaskDefinition
from sandbox.aws.deployments import Rolling, ServiceDeployment
from sandbox.base import SandboxBase
from sandbox.instances import Host, ServiceInstance
from sandbox.ledger import SOMEONE_ELSE
from sandbox.timetable import Timetable

_LEAST, _MOST, _CRASHES_SHOWN = 3, 200, 20
_BEGUN, _WHOLE, _FAILED, _RESCALED = "begun", "whole", "failed", "rescaled"
_NUMBERS = itertools.count(7362918273645091284)


@dataclass
class EcsService(Host):
    """Everything ECS and Application Auto Scaling know of one service."""

    name: str
    cluster: str
    region: str
    sandbox: SandboxBase
    desired: int = 2
    controller: str = "ECS"
    breaker: bool = False
    rolls_back: bool = False
    bake: timedelta | None = None
    """How long blue and green both run after visitors got the new one; None rolls."""
    starved: bool = False
    """No room for any task: a deployment hangs, and so does the way back."""
    status: str = "ACTIVE"
    strategy: str = "REPLICA"
    definitions: dict[str, TaskDefinition] = field(default_factory=dict)
    rolling: list[Rolling] = field(default_factory=list)
    deployments: list[ServiceDeployment] = field(default_factory=list)
    events: list[tuple[datetime, str]] = field(default_factory=list)
    bounds: dict[str, int] | None = None
    wanted_by_alarms: int | None = None
    """What auto scaling's alarms would have; None leaves the count to people."""
    off_bounds_since: datetime | None = None
    memory_exits: list[datetime] = field(default_factory=list)
    """When tasks were ended for want of memory."""
    keeps: Callable[[str, datetime], None] = lambda _, __: None
    """Where the lines go that its tasks write."""
    held: dict[str, str] = field(default_factory=dict)
    target_groups: tuple[str, ...] = ()
    before: dict[str, Any] = field(default_factory=dict)
    """How it looked before it was last changed, and until when it still does."""
    before_until: datetime | None = None

    def arn(self, kind: str, tail: str = "") -> str:
        """`arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/NAME`."""
        path = f"{kind}/{self.cluster}/{self.name}{f'/{tail}' if tail else ''}"
        return f"arn:aws:ecs:{self.region}:{ACCOUNT}:{path}"

    @property
    def definition(self) -> TaskDefinition:
        """What is wanted to run."""
        return self.rolling[0].definition

    @property
    def threshold(self) -> int:
        """So many failures in a row until the circuit breaker acts, half the tasks (botocore 1.44)."""
        return max(_LEAST, min(_MOST, math.ceil(self.desired / 2)))

    @property
    def crashed(self) -> int:
        """So many tasks of the wanted deployment have started and ended: all of them each minute."""
        first = self.rolling[0]
        minutes = (self.sandbox.clock.now() - first.created_at) // timedelta(minutes=1)
        return min(_CRASHES_SHOWN, minutes * self.desired) if first.definition.crashes else 0

    def define(self, revision: int, **facts: Any) -> TaskDefinition:
        """A task definition of the service's family."""
        at = self.sandbox.clock.now()
        made = TaskDefinition(self.name, revision, self.region, at, **facts)
        self.definitions[made.arn] = made
        return made

    def begin(self, definition: TaskDefinition, ago: timedelta = timedelta()) -> Rolling:
        """A deployment begins; one that was under way is given up for it."""
        at = self.sandbox.clock.now() - ago
        for one in self.deployments:
            if one.finished_at is None:
                one.status, one.finished_at, one.reason = "STOPPED", at, "superseded by a newer deployment"
        number = str(next(_NUMBERS))
        whole = ServiceDeployment(
            arn=self.arn("service-deployment", self.sandbox.origin.short(21)),
            revision_arn=self.arn("service-revision", number),
            definition=definition,
            created_at=at,
        )
        self.deployments.insert(0, whole)
        made = self._rolling(number, definition, at, whole)
        self.rolling.insert(0, made)
        self.say(f"(service {self.name}) has started {self.desired} tasks: (task {number}).", at)
        return made

    def deployed(self, definition: TaskDefinition, ago: timedelta) -> None:
        """A deployment that was whole a minute after it began."""
        made = self.begin(definition, ago)
        self._finish(made, made.created_at + timedelta(minutes=1))

    def observe(self) -> None:
        """What is under way is where the clock has brought it."""
        self._autoscale()
        first = self.rolling[0] if self.rolling else None
        if first is None:
            return
        if first.state != "IN_PROGRESS" and first.running != self.desired and not first.timetable:
            first.timetable.set_out((self.sandbox.pace.rollout, _RESCALED))
        for event in first.timetable.arrived():
            self._go_on(first, event)
        baked = first.shifted_at and first.shifted_at + (self.bake or timedelta())
        if first.state == "IN_PROGRESS" and baked and baked <= self.sandbox.clock.now():
            self._finish(first, baked)

    def instances(self) -> list[ServiceInstance]:
        """The tasks that run; asking is a read of the service."""
        self.observe()
        return [
            ServiceInstance(
                name=f"{one.id}-{number}",
                release=one.definition.named,
                good=one.definition.good,
                serving=self._serves(one),
                stuck=one.stuck,
                environment=one.definition.environment,
                secrets=one.secrets,
                memory_mb=int(one.definition.memory),
                cpus=int(one.definition.cpu) / 1024,
            )
            for one in self.rolling
            for number in range(one.running)
        ]

    def write(self, text: str, level: str, at: datetime) -> None:  # noqa: ARG002 - awslogs knows no levels
        """A task wrote a line."""
        self.keeps(text, at)

    def hang(self, *, hangs: bool) -> None:
        """Every task hangs until it is replaced."""
        for one in self.rolling:
            one.stuck = hangs

    def run_out_of_memory(self) -> None:
        """The kernel ended every task, and ECS started others."""
        self.memory_exits += [self.sandbox.clock.now()] * self.desired
        self.say(f"(service {self.name}) has stopped {self.desired} running tasks: OutOfMemoryError.")

    def say(self, message: str, at: datetime | None = None) -> None:
        """The scheduler says something."""
        self.events.insert(0, (at or self.sandbox.clock.now(), message))

    def _serves(self, one: Rolling) -> bool:
        """Of blue and green, visitors have one at a time."""
        first = self.rolling[0]
        is_shifted = first.returns or first.shifted_at is not None
        return self.bake is None or len(self.rolling) == 1 or (one is first) is is_shifted

    def _rolling(
        self, number: str, definition: TaskDefinition, at: datetime, whole: ServiceDeployment, **facts: Any
    ) -> Rolling:
        """A deployment on its way: first one task, then all of them; or one failure after the other."""
        timetable, secrets = Timetable(self.sandbox.clock), definition.found_in(self.held)
        made = Rolling(f"ecs-svc/{number}", definition, at, whole, timetable, secrets, **facts)
        half = self.sandbox.pace.rollout / 2
        if definition.starts:
            made.timetable.set_out((half, _BEGUN), (half, _WHOLE))
        else:
            made.timetable.set_out((half, _FAILED))
        return made

    def _go_on(self, first: Rolling, event: str) -> None:
        if self.starved and event != _RESCALED:
            because = "because no container instance met all of its requirements."
            self.say(f"(service {self.name}) was unable to place a task {because}")
            first.timetable.set_out((self.sandbox.pace.rollout / 2, event))
            return
        match event:
            case "begun":
                first.running = max(first.running, min(1, self.desired))
            case "whole" if first.definition.crashes:
                first.running = self.desired
            case "whole":
                self._finish(first, self.sandbox.clock.now())
            case "rescaled":
                first.running = self.desired
            case _:
                self._fail(first)

    def _fail(self, first: Rolling) -> None:
        first.failed += 1
        self.say(f"(service {self.name}) (task {first.failed}) failed container health checks.")
        if self.breaker and first.failed >= self.threshold:
            self._trip(first)
        else:
            first.timetable.set_out((self.sandbox.pace.rollout / 2, _FAILED))

    def _finish(self, one: Rolling, at: datetime) -> None:
        one.running = self.desired
        if self.bake is not None and one.shifted_at is None and not one.returns and len(self.rolling) > 1:
            one.shifted_at = at
            return
        one.state = "COMPLETED"
        self.rolling = [one]
        one.whole.status = "ROLLBACK_SUCCESSFUL" if one.returns else "SUCCESSFUL"
        one.whole.finished_at = at
        self.say(f"(service {self.name}) (deployment {one.id}) deployment completed.", at)

    def _trip(self, failing: Rolling) -> None:
        """The circuit breaker gives a deployment up and, where it may, goes back to the one before."""
        why = "Service deployment rolled back because of a circuit breaker threshold breach."
        self.go_back(failing, why, rolls_back=self.rolls_back)

    def go_back(self, failing: Rolling, why: str, *, rolls_back: bool = True) -> None:
        """A deployment is given up; where there is one before, and it is to be gone back to, that begins."""
        at = self.sandbox.clock.now()
        failing.state, failing.whole.reason = "FAILED", why
        before = next((one for one in self.rolling if one.state == "COMPLETED"), None)
        if not rolls_back or before is None:
            failing.whole.status, failing.whole.finished_at = "STOPPED", at
            return
        failing.whole.back_since = at
        failing.whole.status = "ROLLBACK_IN_PROGRESS"
        number, whole = str(next(_NUMBERS)), failing.whole
        back = self._rolling(number, before.definition, at, whole, running=before.running, returns=True)
        self.rolling = [back, failing]
        self.say(f"(service {self.name}) rolling back to deployment {before.id}.")

    def _autoscale(self) -> None:
        """Application Auto Scaling keeps the count within its bounds, a little late."""
        if self.bounds is None:
            return
        wanted = self.desired if self.wanted_by_alarms is None else self.wanted_by_alarms
        goal = max(self.bounds["min"], min(wanted, self.bounds["max"]))
        now = self.sandbox.clock.now()
        self.off_bounds_since = (self.off_bounds_since or now) if goal != self.desired else None
        late = timedelta(seconds=self.sandbox.pace.rescale)
        if self.off_bounds_since is None or now < self.off_bounds_since + late:
            return
        self.sandbox.ledger.record("aws.autoscale", self.name, was=self.desired, to=goal, by=SOMEONE_ELSE)
        self.desired, self.off_bounds_since = goal, None
