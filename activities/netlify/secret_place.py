"""Where a secret that is an environment variable stands, told without ever reading its value.

Netlify shows no secret, and keeps no word of ours beside it, but who touched a variable last and when
(open-api.netlify.com 2.55.0, read 2026-11). What was touched with our token since planning is this change's;
anybody else's name, or an instant that is newer than the build which carries ours, is somebody else's.
"""

from activities.netlify.answers import Author, Deploy, Variable
from stanch.errors import Rejected
from stanch.model.change import At, Change, Place, SecretRef, Unit


def goal_of(change: Change) -> SecretRef | None:
    """What shall stand in the direction that is taken; None where production has no value of its own."""
    found = change.settings["before" if change.goes_back else "value"]
    return SecretRef.model_validate(found) if found else None


def touched(variable: Variable | None) -> str | None:
    """The instant of the last change, as it stands in a plan."""
    return variable.updated_at.isoformat() if variable and variable.updated_at else None


def place_of(
    change: Change, unit: Unit, variable: Variable | None, ours: Deploy | None, done: frozenset[str]
) -> Place:
    """Compared with what stood when it was planned, and with who touched it since."""
    if variable and not variable.values:
        # Netlify keeps no variable without a value: an answer that lost them says nothing.
        raise Rejected("netlify", f"shows {variable.key} without any value")
    at = _at(change, variable, ours, written=unit.id in done)
    seen = f"set {touched(variable)}{_by(variable)}" if variable else None
    return Place(unit=unit.id, at=at, seen=seen)


def _at(change: Change, variable: Variable | None, ours: Deploy | None, *, written: bool) -> At:
    undo = change.goes_back
    if variable is None or variable.own is None:
        # Production has no value of its own, as before, and nobody made or deleted the rest meanwhile.
        as_it_was = not change.settings["own"] and (variable is not None) is change.settings["there"]
        return (At.TO if undo else At.WAS) if as_it_was else At.ELSEWHERE
    if touched(variable) == change.settings["updated_at"]:
        return At.TO if undo else At.WAS
    if not _is_ours(change, variable, written=written):
        return At.ELSEWHERE
    if undo:
        return At.TO if written or _is_after(variable, ours) else At.WAS
    return At.ELSEWHERE if _is_after(variable, ours) else At.TO


def _is_ours(change: Change, variable: Variable, *, written: bool) -> bool:
    """By name; where Netlify names nobody only what was answered counts."""
    who = variable.updated_by or Author()
    named = {name for name in (who.id, who.email) if name}
    return bool(named & set(change.settings["us"])) if named else written


def _is_after(variable: Variable, ours: Deploy | None) -> bool:
    """Whether it was touched again after our build had been asked for."""
    built, set_at = ours.created_at if ours else None, variable.updated_at
    return bool(built and set_at and set_at > built)


def _by(variable: Variable | None) -> str:
    who = (variable.updated_by if variable else None) or Author()
    return f" by {who.full_name}" if who.full_name else ""
