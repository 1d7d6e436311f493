"""Where a secret and the machines that run with it stand, told by digests and by what was noted."""

from collections.abc import Sequence

from activities.contract import Seen, same
from activities.fly.answers import Machine
from activities.fly.leased import GONE, refuse_failed, settling_of
from activities.fly.secret_metadata import Record, is_intended, record
from activities.team_secrets import SecretSettings
from stanch.errors import PolicyError
from stanch.model.change import Change, SecretRef, Target, Unit
from stanch.rules import Rule

SECRET = "secret"  # noqa: S105 - the name of a unit


class FlySecret(SecretSettings):
    """The machines that there were, and the newest version that one of them was updated to."""

    machines: tuple[str, ...]
    since: int


def whole_app(target: Target) -> Target:
    """Secrets are the app's: a process group left out would go on with the old one."""
    return target.model_copy(update={"at": {**target.at, "process_group": ""}})


def units_of(key: str, ref: SecretRef, digest: str | None, machines: Sequence[Machine]) -> tuple[Unit, ...]:
    """The secret, unless it is known to stand, and the machines that were not updated with it."""
    noted = {machine.id: record(machine, key) for machine in machines}
    ours = {one.digest for one in noted.values() if one and one.fingerprint == ref.fingerprint}
    stands = digest is not None and digest in ours
    secret = () if stands else (Unit(id=SECRET, was=digest, to=ref),)
    lagging = [
        machine.id
        for machine in machines
        if not stands or (one := noted[machine.id]) is None or one.fingerprint != ref.fingerprint
    ]
    return (
        *secret,
        *(Unit(id=one, was="runs with what was", to=f"runs with {ref.secret}") for one in lagging),
    )


def newest_before(units: Sequence[Unit], machines: Sequence[Machine], key: str, ref: SecretRef) -> int:
    """The newest version that a machine was updated to before this change updates it."""
    ids = {unit.id for unit in units}
    return last_version([machine for machine in machines if machine.id in ids], key, ref.fingerprint)


def last_version(machines: Sequence[Machine], key: str, fingerprint: str) -> int:
    """The newest version that a machine was updated to with this secret; -1 when none was."""
    noted = (record(machine, key) for machine in machines)
    return max((one.version for one in noted if one and one.fingerprint == fingerprint), default=-1)


def runs_with(settings: FlySecret, machine: Machine) -> bool:
    """True when the machine was updated with the secret since the change was planned.

    An older note may be left from before somebody set the secret to something else.
    """
    return last_version([machine], settings.key, settings.value.fingerprint) > settings.since


def version_known(change: Change, machines: Sequence[Machine]) -> int:
    """The version of what shall stand, as a machine that was updated with it noted; 0 when none was."""
    settings = FlySecret.of(change)
    key, goal = settings.key, settings.goal(change)
    if goal is None:
        return 0
    since = last_version(machines, key, settings.value.fingerprint) if change.goes_back else settings.since
    version = last_version(machines, key, goal.fingerprint)
    return version if version > since else 0


def seen_of(
    change: Change, done: frozenset[str], machines: Sequence[Machine], digest: str | None
) -> dict[str, Seen]:
    """The secret first, in both directions: a machine takes the secrets of the moment of its update."""
    by_id = {machine.id: machine for machine in machines}
    found = {}
    for unit in sorted(change.units, key=lambda unit: unit.id != SECRET):
        if unit.id == SECRET:
            found[unit.id] = _seen_secret(change, unit, machines, digest, written=unit.id in done)
            if same(found[unit.id].value, unit.was):
                _refuse_newcomers(change, by_id)
        else:
            found[unit.id] = _seen_machine(change, unit, by_id.get(unit.id))
    return found


def _seen_secret(
    change: Change, unit: Unit, machines: Sequence[Machine], digest: str | None, *, written: bool
) -> Seen:
    before, ours = (unit.to, unit.was) if change.goes_back else (unit.was, unit.to)
    if digest == before and (change.goes_back or not written):
        return Seen(before)
    # Set to the value it had already, the digest stays.
    if digest == before or _is_ours(change, machines, digest):
        return Seen(ours, shown=digest)
    return Seen(digest)


def _is_ours(change: Change, machines: Sequence[Machine], digest: str | None) -> bool:
    """By the digest that machines noted; while none has, by the note made before the secret was set."""
    settings = FlySecret.of(change)
    key, fingerprint = settings.key, settings.value.fingerprint
    noted: list[Record | None] = [record(machine, key) for machine in machines]
    known = {one.digest for one in noted if one and one.fingerprint == fingerprint}
    if known:
        return digest in known
    return any(is_intended(machine, key, fingerprint, change.planned_as) for machine in machines)


def _seen_machine(change: Change, unit: Unit, machine: Machine | None) -> Seen:
    if machine is None:
        return GONE
    if runs_with(FlySecret.of(change), machine) is change.goes_back:
        return Seen(unit.was)
    refuse_failed(machine, change)
    return Seen(unit.to, settling_of(machine, change))


def _refuse_newcomers(change: Change, machines: dict[str, Machine]) -> None:
    """A machine that was made before the secret is set would not be updated with it."""
    new = sorted(machines.keys() - {*FlySecret.of(change).machines})
    if new and not change.goes_back:
        raise PolicyError(Rule.TARGET_GREW, f"machine {new[0]} appeared since this was planned")
