"""From a team's files to its playbooks in force; everything that is wrong is said at once."""

import glob
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from stanch.errors import ConfigError, PlaybookError
from stanch.model.team import Team
from stanch.model.verb import Catalogue
from stanch.model.written import WrittenPlaybook
from stanch.playbooks.book import Book
from stanch.playbooks.complaints import checked
from stanch.playbooks.context import Context, context_of
from stanch.playbooks.opening import Opens, opens, services_of
from stanch.playbooks.position import Position
from stanch.playbooks.problems import Problem, instead_of, refuse
from stanch.playbooks.resolve import NamedPlaybook, pin
from stanch.playbooks.team_file import ladder, read_team, refuse_unknown_pages, refuse_unknown_providers
from stanch.playbooks.yaml_source import read_yaml

LIBRARY = "library:"
"""Before the name of a playbook that ships with Stanch."""
_TEAM_ENDING = ".stanch"


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
    sound = len(position.found)
    context = context_of(team, catalogue, position)
    if len(position.found) > sound:  # what runs nowhere would be blamed on every playbook
        refuse(position.found, ConfigError)
    entries: list[Opens] = []
    named: dict[str, Path] = {}
    for file in _files(team, team_path.parent, position.at("playbooks")):
        if named.setdefault(file.stem, file) != file:
            position.at("playbooks").wrong(
                f"{file} and {named[file.stem]} have one name", "Rename one of them"
            )
        entries += _entries(file, context, position.found)
    in_a_playbook = any(problem.file != position.source.name for problem in position.found)
    refuse(position.found, PlaybookError if in_a_playbook else ConfigError)
    return Book(context, tuple(entries))


def library() -> tuple[str, ...]:
    """The names of the playbooks that ship with Stanch."""
    names = (Path(file.name).stem for file in _shipped().iterdir() if file.name.endswith(".yaml"))
    return tuple(sorted(name for name in names if not name.endswith(_TEAM_ENDING)))


def _shipped() -> Path:
    return Path(str(files("stanch.playbooks") / "library"))


def _files(team: Team, folder: Path, position: Position) -> Iterator[Path]:
    """Every file that a pattern of the team's names, each once."""
    seen: set[Path] = set()
    for index, pattern in enumerate(team.playbooks):
        if pattern.startswith(LIBRARY):
            matching = _from_library(pattern.removeprefix(LIBRARY), position.at(index))
        else:
            # Path.glob takes neither an absolute pattern nor a folder whose name has a bracket in it.
            named = glob.glob(str(Path(glob.escape(str(folder))) / pattern))  # noqa: PTH207
            matching = sorted(map(Path, named))
            if not matching:
                instead = f"Write a playbook there, or begin with playbooks: [{LIBRARY}{library()[0]}]"
                position.at(index).wrong(f"no file matches {pattern}", instead)
        yield from (file for file in matching if file not in seen)
        seen.update(matching)


def _from_library(name: str, position: Position) -> list[Path]:
    if name in library():
        return [_shipped() / f"{name}.yaml"]
    position.wrong(f"no playbook {name} ships with Stanch", instead_of(name, library()))
    return []


def _entries(file: Path, context: Context, found: list[Problem]) -> Iterator[Opens]:
    """Every scenario of a file, for every service it opens for."""
    source = read_yaml(file, "Write a playbook there", found)
    if source is None:
        return
    position = Position(source, (), found)
    playbook = checked(WrittenPlaybook, source.value, position)
    if playbook is None:
        return
    rungs = ladder(playbook.escalation, playbook.severities, context.team, position.at("escalation"))
    written = NamedPlaybook(file.stem, playbook.model_copy(update={"escalation": rungs}))
    for name, entry in playbook.scenarios.items():
        for service in services_of(entry, context, position.at("scenarios", name)):
            yield opens(entry, pin(written, name, service, context, position))
