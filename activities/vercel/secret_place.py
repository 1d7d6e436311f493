"""Where a secret that is an environment variable stands, told without ever reading a sensitive value.

Vercel shows no `sensitive` value, so our change is found by its number in the variable's comment, and that of
somebody else by an instant that is newer than what was planned on, or than the build that carries ours.
"""

from activities.vercel.answers import Deployment, Variable
from stanch.model.change import At, Change, Place, SecretRef, Unit

_BACK = "-undo"


def goal_of(change: Change) -> SecretRef | None:
    """What shall stand in the direction that is taken; None where no variable shall."""
    found = change.settings["before" if change.goes_back else "value"]
    return SecretRef.model_validate(found) if found else None


def place_of(change: Change, unit: Unit, variable: Variable | None, ours: Deployment | None) -> Place:
    """Compared with what stood when it was planned, and with what this change notes."""
    at = _at(change, variable, ours)
    seen = f"set {variable.updated_at}" if variable else None
    return Place(unit=unit.id, at=at, seen=seen)


def _at(change: Change, variable: Variable | None, ours: Deployment | None) -> At:
    undo = change.goes_back
    forth, back = change.marker.removesuffix(_BACK), change.marker.removesuffix(_BACK) + _BACK
    noted = variable.comment if variable else None
    if variable is None and change.settings["updated_at"] is None:
        return At.TO if undo else At.WAS
    if variable is None:
        return At.ELSEWHERE
    if noted == back:
        return At.TO if undo else At.ELSEWHERE
    if noted == forth:
        # A person who changes the value leaves the comment.
        theirs = ours is not None and (variable.updated_at or 0) > ours.created
        return At.ELSEWHERE if theirs else At.WAS if undo else At.TO
    untouched = variable.updated_at == change.settings["updated_at"]
    return At.ELSEWHERE if undo or not untouched else At.WAS
