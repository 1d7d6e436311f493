"""Where a secret that is an environment variable stands, told without ever reading its value.

Netlify shows no secret, and keeps no word of ours beside it, but who touched a variable last and when
(open-api.netlify.com 2.55.0, read 2026-11). What was touched with our token since planning is this change's;
anybody else's name, or an instant that is newer than the build which carries ours, is somebody else's.
"""

from activities.contract import Seen
from activities.netlify.answers import Author, Deploy, Variable
from activities.netlify.environment import NetlifyVariable
from activities.team_secrets import SecretSettings
from stanch.errors import Unavailable
from stanch.model.change import Change, Unit


class NetlifySecret(SecretSettings, NetlifyVariable):
    """What stood when it was planned, when it was last changed, and by what names Netlify knows us."""

    listed: bool
    there: bool
    own: bool
    updated_at: str | None = None
    us: tuple[str, ...]


def touched(variable: Variable | None) -> str | None:
    """The instant of the last change, as it stands in a plan."""
    return variable.updated_at.isoformat() if variable and variable.updated_at else None


def seen_secret(
    change: Change, unit: Unit, variable: Variable | None, ours: Deploy | None, *, written: bool
) -> Seen:
    """Compared with what stood when it was planned, and with who touched it since."""
    if variable and not variable.values:
        # Netlify keeps no variable without a value: an answer that lost them says nothing.
        raise Unavailable("netlify", f"shows {variable.key} without any value", untouched=True)
    settings = NetlifySecret.of(change)
    before, after = (unit.to, unit.was) if change.goes_back else (unit.was, unit.to)
    shown = f"set {touched(variable)}{_by(variable)}" if variable else "a variable that no longer exists"
    if variable is None or variable.own is None:
        # Production has no value of its own, as before, and nobody made or deleted the rest meanwhile.
        as_it_was = not settings.own and (variable is not None) is settings.there
        return Seen(before if as_it_was else shown)
    if touched(variable) == settings.updated_at:
        return Seen(before, shown=shown)
    if not _is_ours(settings, variable, written=written):
        return Seen(shown)
    after_build = _is_after(variable, ours)
    if change.goes_back:
        return Seen(before if written or after_build else after, shown=shown)
    return Seen(shown if after_build else after, shown=shown)


def _is_ours(settings: NetlifySecret, variable: Variable, *, written: bool) -> bool:
    """By name; where Netlify names nobody only what was answered counts."""
    who = variable.updated_by or Author()
    named = {name for name in (who.id, who.email) if name}
    return bool(named & {*settings.us}) if named else written


def _is_after(variable: Variable, ours: Deploy | None) -> bool:
    """Whether it was touched again after our build had been asked for."""
    built, set_at = ours.created_at if ours else None, variable.updated_at
    return bool(built and set_at and set_at > built)


def _by(variable: Variable) -> str:
    who = variable.updated_by or Author()
    return f" by {who.full_name}" if who.full_name else ""
