"""Where a secret and the machines that run with it stand, told by digests and by what was noted."""

from collections.abc import Sequence

from activities.fly.answers import TAKEN_BACK, Machine
from activities.fly.leased import refuse_failed
from activities.fly.secret_metadata import Record, is_intended, record
from stanch.errors import PolicyError
from stanch.model.change import At, Change, Place, SecretRef, Target, Unit
from stanch.rules import Rule

SECRET = "secret"  # noqa: S105 - the name of a unit


def whole_app(target: Target) -> Target:
    """Secrets are the app's: a process group left out would go on with the old one."""
    return target.model_copy(update={"at": {**target.at, "process_group": ""}})


def value_of(change: Change) -> SecretRef:
    """The secret that the change sets."""
    return SecretRef.model_validate(change.settings["value"])


def goal_of(change: Change) -> SecretRef | None:
    """What shall stand in the direction that is taken; None where it is nothing."""
    if not change.settings.get("undo"):
        return value_of(change)
    before = change.settings["before"]
    return SecretRef.model_validate(before) if before else None


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


def runs_with(change: Change, machine: Machine) -> bool:
    """True when the machine was updated with the secret since the change was planned.

    An older note may be left from before somebody set the secret to something else.
    """
    key, fingerprint = change.settings["key"], value_of(change).fingerprint
    return last_version([machine], key, fingerprint) > int(change.settings["since"])


def version_known(change: Change, machines: Sequence[Machine]) -> int:
    """The version of what shall stand, as a machine that was updated with it noted; 0 when none was."""
    key, goal = change.settings["key"], goal_of(change)
    if goal is None:
        return 0
    undo = change.settings.get("undo")
    since = last_version(machines, key, value_of(change).fingerprint) if undo else change.settings["since"]
    version = last_version(machines, key, goal.fingerprint)
    return version if version > int(since) else 0


def places(
    change: Change, done: frozenset[str], machines: Sequence[Machine], digest: str | None
) -> tuple[Place, ...]:
    """The secret first, in both directions: a machine takes the secrets of the moment of its update."""
    by_id = {machine.id: machine for machine in machines}
    found = []
    for unit in sorted(change.units, key=lambda unit: unit.id != SECRET):
        if unit.id == SECRET:
            place = _secret_place(change, unit, machines, digest, written=unit.id in done)
            _refuse_newcomers(change, place, by_id)
        else:
            place = _machine_place(change, unit, by_id.get(unit.id))
        found.append(place)
    return tuple(found)


def _secret_place(
    change: Change, unit: Unit, machines: Sequence[Machine], digest: str | None, *, written: bool
) -> Place:
    undo = bool(change.settings.get("undo"))
    before, here, there = (unit.to, At.TO, At.WAS) if undo else (unit.was, At.WAS, At.TO)
    if digest == before and not (written and not undo):
        return Place(unit=unit.id, at=here, seen=digest)
    # Set to the value it had already, the digest stays.
    ours = digest == before or _is_ours(change, machines, digest)
    return Place(unit=unit.id, at=there if ours else At.ELSEWHERE, seen=digest)


def _is_ours(change: Change, machines: Sequence[Machine], digest: str | None) -> bool:
    """By the digest that machines noted; while none has, by the note made before the secret was set."""
    key, fingerprint = change.settings["key"], value_of(change).fingerprint
    noted: list[Record | None] = [record(machine, key) for machine in machines]
    known = {one.digest for one in noted if one and one.fingerprint == fingerprint}
    if known:
        return digest in known
    marker = change.marker.removesuffix(TAKEN_BACK)
    return any(is_intended(machine, key, fingerprint, marker) for machine in machines)


def _machine_place(change: Change, unit: Unit, machine: Machine | None) -> Place:
    if machine is None:
        return Place(unit=unit.id, at=At.ELSEWHERE, seen="a machine that no longer exists")
    undo = bool(change.settings.get("undo"))
    if runs_with(change, machine) is undo:
        return Place(unit=unit.id, at=At.WAS, seen=unit.was)
    refuse_failed(machine)
    # What went back to a value that did not work only has to stand.
    return Place(unit=unit.id, at=At.TO, seen=unit.to, settling=machine.moving if undo else machine.settling)


def _refuse_newcomers(change: Change, place: Place, machines: dict[str, Machine]) -> None:
    """A machine that was made before the secret is set would not be updated with it."""
    new = sorted(machines.keys() - set(change.settings["machines"]))
    if place.at is At.WAS and new and not change.settings.get("undo"):
        raise PolicyError(Rule.TARGET_GREW, f"machine {new[0]} appeared since this was planned")
