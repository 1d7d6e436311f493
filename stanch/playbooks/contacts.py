"""Who is called: somebody whom the team's catalogue names, never a word that means nobody at night."""

from collections.abc import Iterable, Mapping

from stanch.model.alert import Severity
from stanch.model.team import EVERYBODY, RIGHTS, Rung, Team
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of


def refuse_nobody(name: str, team: Team, position: Position) -> None:
    """Tell the position where a name is no person, no role of anybody, no channel, and not everybody."""
    roles = {role for person in team.people.values() for role in person.roles}
    known = {EVERYBODY, *team.people, *team.channels, *roles}
    if not name or name in known:
        return
    instead = instead_of(name, known - set(RIGHTS), kind="one can call")
    near = instead.startswith("Did you mean")
    role = f"; or give somebody that role there, people: {{ana: {{roles: [{name}]}}}}"
    position.wrong(f"{name} is nobody of stanch.yaml", instead if near else f"{instead}{role}")


def ladder(
    rungs: Iterable[Rung], words: Mapping[str, Severity], team: Team, position: Position
) -> tuple[Rung, ...]:
    """The rungs with their severities as Stanch's own; whom or what nobody knows is told to the position."""
    known = {severity.value: severity for severity in Severity} | dict(words)
    found = []
    for index, rung in enumerate(rungs):
        refuse_nobody(rung.to, team, position.at(index, "to"))
        for at, word in enumerate(rung.severity):
            if word not in known:
                instead = instead_of(word, known, kind="severities are")
                position.at(index, "severity", at).wrong(f"there is no severity {word}", instead)
        meant = tuple(known[word].value for word in rung.severity if word in known)
        found.append(rung.model_copy(update={"severity": meant}))
    return tuple(found)
