"""Who may do what at Fly: credentials, leases, versions and rate limits."""

from dataclasses import dataclass, field
from datetime import datetime

from starlette.requests import Request

from sandbox.answers import AnswerError
from sandbox.base import Door
from sandbox.clock import written
from sandbox.fly.application import FlyApp
from sandbox.fly.keys import FlyKey
from sandbox.fly.machine import Machine
from sandbox.fly.world import FlyWorld
from sandbox.keys import shown

NONCE = "fly-machine-lease-nonce"
_READ = ("GET", "HEAD")


@dataclass
class Bucket:
    """Calls that are still allowed: `burst` at once, refilled `per_second`."""

    per_second: float
    burst: float
    left: float
    at: datetime

    def take(self, now: datetime) -> bool:
        """Whether one more call is allowed now."""
        self.left = min(self.burst, self.left + (now - self.at).total_seconds() * self.per_second)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass
class FlyDoor(Door[FlyWorld]):
    """Every call passes here before it reaches an app."""

    _buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)

    def enter(self, request: Request) -> None:
        """The credential is one of Fly's."""
        if shown(request) not in (FlyKey.ALL, FlyKey.READ_ONLY, FlyKey.ELSEWHERE):
            raise AnswerError(401, {"error": "unauthorized: the token was not accepted"})

    def app(self, request: Request) -> FlyApp:
        """The app that the path names, if the credential reaches it."""
        return self.app_named(request, request.path_params["app"], writes=request.method not in _READ)

    def app_named(self, request: Request, name: str, *, writes: bool) -> FlyApp:
        """The app of that name, if the credential reaches it."""
        self.enter(request)
        if shown(request) == FlyKey.ELSEWHERE:
            raise AnswerError(403, {"error": "forbidden: the token is not scoped to this app"})
        if shown(request) == FlyKey.READ_ONLY and writes:
            raise AnswerError(403, {"error": "forbidden: the token can only read"})
        if name not in self.world.apps:
            raise AnswerError(404, {"error": f"app not found: {name}"})
        return self.world.apps[name]

    def machine(self, request: Request, action: str) -> tuple[FlyApp, Machine]:
        """The machine that the path names, unless this action on it comes too often."""
        app = self.app(request)
        machine = app.machines.get(request.path_params["machine"])
        if machine is None or not app.is_shown(machine):
            raise AnswerError(404, {"error": f"machine not found: {request.path_params['machine']}"})
        self.slow_down(action, machine.id)
        return app, machine

    def machine_to_change(self, request: Request, action: str) -> tuple[FlyApp, Machine]:
        """The machine that the path names, if no one else holds a lease on it."""
        app, machine = self.machine(request, action)
        self.respect_lease(machine, request.headers.get(NONCE, ""))
        if not machine.host_answers:
            raise AnswerError(408, {"error": "request timeout: the machine's host did not answer"})
        if machine.state == "destroyed":
            raise AnswerError(404, {"error": f"machine not found: {machine.id} is destroyed"})
        return app, machine

    def respect_lease(self, machine: Machine, nonce: str) -> None:
        """The caller holds the lease, or nobody does."""
        lease = machine.holder()
        if lease and lease.nonce != nonce:
            until = written(lease.expires_at)
            raise AnswerError(409, {"error": f"lease currently held by {lease.owner}, expires at {until}"})
        if nonce and not lease:
            raise AnswerError(409, {"error": "lease not found: it was released or has expired"})

    def slow_down(self, action: str, subject: str) -> None:
        """The vendor's limits per action and machine or app, where the sandbox keeps them."""
        if not self.world.sandbox.enforce_rate_limits:
            return
        now = self.world.clock.now()
        rate, burst = (5, 10) if action == "get_machine" else (1, 3)
        bucket = self._buckets.setdefault((action, subject), Bucket(rate, burst, burst, now))
        if not bucket.take(now):
            raise AnswerError(429, {"error": "rate limit exceeded"})
