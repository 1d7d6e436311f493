"""Who is called: somebody whom the team's catalogue names, never a word that means nobody at night."""

from collections.abc import Iterable

from stanch.model.team import EVERYBODY, RIGHTS, Rung, Team
from stanch.playbooks.problems import instead_of
from stanch.playbooks.spot import Spot


def refuse_nobody(name: str, team: Team, spot: Spot) -> None:
    """Tell the spot where a name is no person, no role that somebody has, no channel, and not everybody."""
    roles = {role for person in team.people.values() for role in person.roles}
    known = {EVERYBODY, *team.people, *team.channels, *roles}
    if not name or name in known:
        return
    instead = instead_of(name, known - set(RIGHTS), kind="one can call")
    near = instead.startswith("Did you mean")
    role = f"; or give somebody that role there, people: {{ana: {{roles: [{name}]}}}}"
    spot.wrong(f"{name} is nobody of stanch.yaml", instead if near else f"{instead}{role}")


def refuse_rungs(rungs: Iterable[Rung], team: Team, spot: Spot) -> None:
    """The same for every rung of a ladder."""
    for index, rung in enumerate(rungs):
        refuse_nobody(rung.to, team, spot.at(index, "to"))
