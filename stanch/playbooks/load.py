"""From a team's files to its playbooks in force; everything that is wrong is said at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from stanch.errors import ConfigError, PlaybookError
from stanch.model.base import parse_duration
from stanch.model.pinned_alert import PinnedAlert
from stanch.model.team import Team
from stanch.model.verb import Catalogue
from stanch.model.written_playbook import WrittenPlaybook
from stanch.playbooks.book import Book, Playbook
from stanch.playbooks.complaints import checked
from stanch.playbooks.context import Context, context_of
from stanch.playbooks.defaults import merged
from stanch.playbooks.levels import Levels
from stanch.playbooks.measured_alerts import MeasuredAlerts
from stanch.playbooks.messages import messages_of
from stanch.playbooks.numbers import numbers_of
from stanch.playbooks.opening import Opens, opens, services_of
from stanch.playbooks.patterns import matching
from stanch.playbooks.pinned_commands import CommandPinning
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of, refuse
from stanch.playbooks.resolve import NamedPlaybook, pin, told_at_once
from stanch.playbooks.switches import check_switches
from stanch.playbooks.team_file import read_team, refuse_unknown_pages, refuse_unknown_providers
from stanch.playbooks.yaml_source import read_yaml

LIBRARY = "library:"
"""Before the name of a playbook that ships with Stanch."""


def load_team(path: Path | str) -> Team:
    """The team of a `stanch.yaml`; a ConfigError lists everything that is wrong with it."""
    team, position = read_team(Path(path))
    refuse(position.found, ConfigError)
    if team is None:
        raise ConfigError(f"{path} describes no team")
    return team


def load_book(path: Path | str, catalogue: Catalogue) -> Book:
    """The playbooks that a `stanch.yaml` names, for what this product can do."""
    team_path = Path(path)
    team, position = read_team(team_path)
    if team is None:
        refuse(position.found, ConfigError)
        raise ConfigError(f"{path} describes no team")
    refuse_unknown_providers(team, catalogue, position)
    refuse_unknown_pages(team, catalogue, position)
    own = messages_of(team.messages, team_path.parent, position.at("messages"))
    sound = len(position.found)
    context = context_of(team, catalogue, _shipped_messages(team) | own, position)
    if len(position.found) > sound:  # what runs nowhere would be blamed on every playbook
        refuse(position.found, ConfigError)
    check_services(context, position)
    entries: list[Opens] = []
    playbooks: list[Playbook] = []
    named: dict[str, Path] = {}
    for file in _files(team, team_path.parent, position.at("playbooks")):
        if named.setdefault(file.stem, file) != file:
            position.at("playbooks").wrong(
                f"{file} and {named[file.stem]} have one name", "Rename one of them"
            )
        reading = _reading(file, context, position)
        if reading is not None:
            entries += reading.entries()
            playbooks.append(reading.beside())
    in_a_playbook = any(problem.file != position.source.name for problem in position.found)
    refuse(position.found, PlaybookError if in_a_playbook else ConfigError)
    return Book(context, tuple(entries), tuple(playbooks), tuple(sorted(position.remarks)))


def library() -> tuple[str, ...]:
    """The names of the playbooks that ship with Stanch."""
    return tuple(sorted(folder.name for folder in shipped().iterdir() if folder.is_dir()))


def _shipped_messages(team: Team) -> dict[str, str]:
    """What shipped playbooks have people told; a team's own words of the same name take their place."""
    found: dict[str, str] = {}
    for pattern in team.playbooks:
        name = pattern.removeprefix(LIBRARY)
        if name != pattern and name in library():
            folder = shipped(name) / "messages"
            found |= {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))}
    return found


def shipped(name: str = "") -> Path:
    """The folder of a playbook that ships with Stanch, or of all."""
    return Path(str(files("stanch.playbooks") / "library")) / name


def _files(team: Team, folder: Path, position: Position) -> Iterator[Path]:
    """Every file that a pattern of the team's names, each once."""
    seen: set[Path] = set()
    for index, pattern in enumerate(team.playbooks):
        if pattern.startswith(LIBRARY):
            named = _from_library(pattern.removeprefix(LIBRARY), position.at(index))
        else:
            named = matching(pattern, folder)
            if not named:
                instead = f"Write a playbook there, or begin with playbooks: [{LIBRARY}{library()[0]}]"
                position.at(index).wrong(f"no file matches {pattern}", instead)
        yield from (file for file in named if file not in seen)
        seen.update(named)


def _from_library(name: str, position: Position) -> list[Path]:
    if name in library():
        return [shipped(name) / f"{name}.yaml"]
    position.wrong(f"no playbook {name} ships with Stanch", instead_of(name, library()))
    return []


def check_services(context: Context, position: Position) -> None:
    """Tell the position what is wrong with numbers and switches, and which channels are silent."""
    for name in context.services:
        here = position.at("services", name)
        numbers_of(context, name, here)
        check_switches(context, name, here)
    _remark_silent(context.team, position.at("channels"))


def _remark_silent(team: Team, position: Position) -> None:
    """Say of which channels nothing is told by itself."""
    for name in team.channels.keys() - set(told_at_once(team)):
        if team.channels[name].can_be_told:
            position.at(name).remark("only what names it goes there; events: [closed] adds kinds of message")
        else:
            position.at(name).remark(f"nothing is sent to {team.channels[name].kind} yet")


def _reading(file: Path, context: Context, position: Position) -> "PlaybookReading | None":
    source = read_yaml(file, "Write a playbook there", position.found)
    if source is None:
        return None
    here = Position(merged(source), (), position.found, position.remarks)
    playbook = checked(WrittenPlaybook, here.source.value, here)
    return PlaybookReading(file.stem, playbook, context, here) if playbook else None


@dataclass(frozen=True)
class PlaybookReading:
    """One file on its way into the book."""

    name: str
    playbook: WrittenPlaybook
    context: Context
    position: Position

    def entries(self) -> Iterator[Opens]:
        """Every scenario of the file, for every service it opens for."""
        read: set[str] = set()
        for name, entry in self.playbook.scenarios.items():
            for service in services_of(entry, self.context, self.position.at("scenarios", name)):
                pinned, spoken = pin(self._named, name, service, self.context, self.position)
                read |= spoken
                yield opens(entry, pinned)
        for alert in self._alerts:
            read |= {reading.name for reading in alert.readings}
        for name in self.playbook.defaults.evidence:
            if name not in read:
                here = self.position.at("defaults", "evidence", name)
                here.remark("no scenario and no alert speaks of this evidence, so it is not read")

    def beside(self) -> Playbook:
        """What the file holds beside them."""
        self._levels.check(self.playbook)
        self._measured.remark_unopened()
        commands = CommandPinning(self.playbook, self.context).commands(self.position)
        return Playbook(
            name=self.name,
            alerts=self._alerts,
            commands=tuple(commands),
            follow_ups=follow_ups_of(self.playbook, self.position.at("follow_ups")),
            checklists=self.playbook.checklists,
        )

    @cached_property
    def _named(self) -> NamedPlaybook:
        return NamedPlaybook(self.name, self.playbook, self._levels, self._measured)

    @cached_property
    def _alerts(self) -> tuple[PinnedAlert, ...]:
        return tuple(self._measured.pinned(self._levels))

    @cached_property
    def _levels(self) -> Levels:
        return Levels(self.playbook.severities, self.context, self.position.at("severities"))

    @cached_property
    def _measured(self) -> MeasuredAlerts:
        return MeasuredAlerts(self.playbook, self.context, self.position)


def follow_ups_of(playbook: WrittenPlaybook, position: Position) -> dict[timedelta, tuple[str, ...]]:
    """What is done after the end, by how long after it; what is no length of time is told."""
    found: dict[timedelta, tuple[str, ...]] = {}
    for key, items in playbook.follow_ups.items():
        try:
            after = parse_duration(key)
        except ValueError:
            after = None
        if isinstance(after, timedelta):
            found[after] = items
        else:
            position.at(key).wrong("is no length of time", "Write 1h, 24h or 1w")
    return found
