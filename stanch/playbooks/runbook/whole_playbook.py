"""A whole playbook as a runbook: its scenarios, its commands, and what holds for all of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from stanch.errors import PlaybookError
from stanch.model.pinned_alert import PinnedAlert, PinnedCommand
from stanch.plain import lasting
from stanch.playbooks.book import Book, Playbook
from stanch.playbooks.opening import Opens
from stanch.playbooks.problems import instead_of
from stanch.playbooks.runbook.option_sentences import OptionSentences, Typed
from stanch.playbooks.runbook.runbook_page import Runbook, RunbookChapter, RunbookLine, RunbookSection
from stanch.playbooks.runbook.scenario_chapter import ScenarioChapter, fires_lines


def runbooks(book: Book, named: str, typed: Typed) -> tuple[Runbook, ...]:
    """The playbook of this name, or every one; `typed` gives the commands that are known without a plan."""
    known = {playbook.name: playbook for playbook in book.playbooks}
    if named and named not in known:
        instead = instead_of(named, known, kind="playbooks are")
        raise PlaybookError(f"there is no playbook {named}. {instead}")
    chosen = [known[named]] if named else known.values()
    return tuple(WholePlaybook(book, playbook, typed).runbook() for playbook in chosen)


@dataclass(frozen=True)
class WholePlaybook:
    """Words one playbook of a team."""

    book: Book
    playbook: Playbook
    typed: Typed

    def runbook(self) -> Runbook:
        """The scenarios in their order, then the rest."""
        return Runbook(self.playbook.name, (*self._scenarios(), *self._beside()))

    @property
    def _sentences(self) -> OptionSentences:
        return OptionSentences(self.book.context.catalogue, self.typed)

    def _scenarios(self) -> Iterator[RunbookChapter]:
        for entry in self.book.entries:
            if entry.pinned.playbook == self.playbook.name:
                context, words = self.book.context, self._sentences
                alerts = tuple(alert for alert in self.playbook.alerts if _opens(entry, alert))
                yield ScenarioChapter(entry, alerts, context.team, context.catalogue, words).chapter()

    def _beside(self) -> Iterator[RunbookChapter]:
        chapters = (
            ("Alerts that open nothing", (RunbookSection("Told, and nothing is done", tuple(self._idle())),)),
            ("Commands", tuple(map(self._command, self.playbook.commands))),
            ("Checklists", tuple(self._checklists())),
            ("Messages", tuple(self._messages())),
        )
        for title, sections in chapters:
            said = tuple(section for section in sections if section.lines)
            if said:
                yield RunbookChapter(title, said)

    def _idle(self) -> Iterator[RunbookLine]:
        opened = {name for entry in self.book.entries for name in entry.names}
        for alert in self.playbook.alerts:
            if alert.name not in opened:
                yield RunbookLine(f"`{alert.name}` of {alert.service}", below=tuple(fires_lines(alert)))

    def _command(self, command: PinnedCommand) -> RunbookSection:
        chosen = "".join(f" --with {one.name}=…" for one in command.inputs)
        asks = RunbookLine("Ask for it", (f"stanch do {command.name}{chosen}",))
        read = tuple(RunbookLine(f"reads `{reading.uses}`, {reading.name}") for reading in command.readings)
        does = (self._sentences.option(command.option),) if command.option else ()
        return RunbookSection(command.name, (asks, *read, *does))

    def _checklists(self) -> Iterator[RunbookSection]:
        lists = self.playbook.checklists
        for after, items in self.playbook.follow_ups.items():
            yield RunbookSection(f"Within {_spoken(after)} of the end", _ticked(items))
        for name, phase in lists.phases.items():
            until = f", until {lasting(phase.until)}" if phase.until else ""
            yield RunbookSection(f"{name}{until}", _ticked(phase.do))
        for name in ("closure", "handoff", "access", "monitoring", "prevention"):
            yield RunbookSection(name, _ticked(getattr(lists, name)))

    def _messages(self) -> Iterator[RunbookSection]:
        for name, text in self.book.context.messages.items():
            yield RunbookSection(name, (RunbookLine("says", tuple(text.splitlines())),))


def _spoken(after: timedelta) -> str:
    """Whole days as days, where there are several."""
    days, rest = divmod(after, timedelta(days=1))
    return f"{days} days" if days > 1 and not rest else lasting(after)


def _opens(entry: Opens, alert: PinnedAlert) -> bool:
    """Whether a measured alert opens a scenario of its service."""
    return alert.service == entry.pinned.service.name and alert.name in entry.names


def _ticked(items: tuple[str, ...]) -> tuple[RunbookLine, ...]:
    return tuple(RunbookLine(f"☐ {item}") for item in items)
