from datetime import UTC, datetime, timedelta

from sandbox import Sandbox, SandboxClock
from sandbox.fly.world import FlyWorld
from sandbox.vercel.world import VercelWorld

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def test_two_worlds_of_the_same_instant_are_the_same() -> None:
    one, other = (Sandbox.everything(SandboxClock(AT)) for _ in range(2))

    assert list(one.of(FlyWorld).apps["slurpy-backend"].machines) == list(
        other.of(FlyWorld).apps["slurpy-backend"].machines
    )
    assert [each.id for each in one.of(VercelWorld).projects["my-shop"].deployments] == [
        each.id for each in other.of(VercelWorld).projects["my-shop"].deployments
    ]


def test_the_bad_release_is_six_minutes_old_and_its_machines_started_then() -> None:
    app = Sandbox.slurpy(SandboxClock(AT)).of(FlyWorld).apps["slurpy-backend"]

    assert app.releases[0].created_at == AT - timedelta(minutes=6)
    for machine in app.machines.values():
        assert abs(machine.events[0]["timestamp"] / 1000 - app.releases[0].created_at.timestamp()) < 1
        assert machine.config["metadata"]["fly_release_version"] == "42"


def test_the_clock_goes_forward_by_hand() -> None:
    clock = SandboxClock(AT)

    clock.advance(timedelta(minutes=5))

    assert clock.now() == AT + timedelta(minutes=5)
