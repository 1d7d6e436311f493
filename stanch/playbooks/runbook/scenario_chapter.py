"""One scenario at one service: what opens it, what is read, what is done, who is called."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stanch.model.pinned_alert import PinnedAlert
from stanch.model.playbook import Pinned, PinnedInput, PinnedReading
from stanch.model.rota import ON_CALL
from stanch.model.severity_levels import PinnedLevel, PinnedRung
from stanch.model.team import EVERYBODY, Team
from stanch.model.verb import AutomationMode, Catalogue
from stanch.plain import lasting
from stanch.playbooks.opening import Opens
from stanch.playbooks.runbook.option_sentences import (
    OptionSentences,
    arguments_words,
    check_words,
    manual_lines,
    said_words,
)
from stanch.playbooks.runbook.runbook_page import RunbookChapter, RunbookLine, RunbookSection
from stanch.policy.condition_words import in_words

_MODES = {
    AutomationMode.SHADOW: "shadow: it says what it would do, and does nothing",
    AutomationMode.APPROVE: "approve: it asks at least one person before each change",
    AutomationMode.AUTO: "auto: it asks whom each option names",
}


@dataclass(frozen=True)
class ScenarioChapter:
    """Words one scenario."""

    entry: Opens
    alerts: tuple[PinnedAlert, ...]
    """Those of its alerts that its playbook measures at its service."""
    team: Team
    catalogue: Catalogue
    sentences: OptionSentences

    @property
    def _pinned(self) -> Pinned:
        return self.entry.pinned

    def chapter(self) -> RunbookChapter:
        """Every section that says something."""
        pinned, words = self._pinned, self.sentences
        sections = (
            RunbookSection("When it opens", tuple(self._opens())),
            RunbookSection("How grave it is", tuple(self._severity())),
            RunbookSection("What is read", tuple(map(self._reading, self._readings()))),
            RunbookSection("How far Stanch goes by itself", (RunbookLine(_MODES[pinned.mode]),)),
            RunbookSection("First, contain", tuple(map(words.containment, pinned.contain))),
            RunbookSection("Options, in this order", tuple(map(words.option, pinned.options)), ordered=True),
            RunbookSection("It is over when", tuple(self._over())),
            RunbookSection("When nothing is left", tuple(self._otherwise())),
            RunbookSection("Who is called when", tuple(map(self._rung, pinned.escalation))),
            RunbookSection("Where to look", tuple(self._links())),
        )
        title = f"{pinned.scenario} of {pinned.service.name}"
        return RunbookChapter(title, tuple(section for section in sections if section.lines))

    def _opens(self) -> Iterator[RunbookLine]:
        measured = {alert.name: alert for alert in self.alerts}
        labels = "".join(f", with {name} {value}" for name, value in self.entry.labels.items())
        for name in self.entry.names:
            below = tuple(fires_lines(measured[name])) if name in measured else ()
            yield RunbookLine(f"`{name}`{labels}", below=below)
        if self.entry.asked:
            below = tuple(RunbookLine(_choice(one)) for one in self._pinned.inputs)
            yield RunbookLine("A person asks for it", (f"stanch open {self._pinned.scenario}",), below)

    def _severity(self) -> Iterator[RunbookLine]:
        pinned = self._pinned
        for one in pinned.severity_when:
            when = f"when {in_words(one.when)}" if one.when else "otherwise"
            yield RunbookLine(f"{one.label} {when}")
        if not (pinned.severity_when or pinned.label):
            yield RunbookLine("As grave as the alert says")
        for label, level in pinned.levels.items():
            said = "; ".join(self._level(level))
            yield RunbookLine(f"{label} is {pinned.severities[label]}" + (f": {said}" if said else ""))

    def _level(self, level: PinnedLevel) -> Iterator[str]:
        if level.page:
            yield f"call {', '.join(map(self._people, level.page))}"
        for channel, message in level.tell.items():
            yield f"tell {channel}" + (f" the message `{message}`" if message else "")
        if level.channel:
            yield f"open the channel `{level.channel}`"
        if level.status_page:
            yield f"the status page says `{level.status_page}`"
        if level.update_every:
            yield f"say how it stands every {lasting(level.update_every)}"
        if level.respond_within:
            yield f"somebody responds within {lasting(level.respond_within)}"
        if level.ticket:
            yield f"open a ticket at {level.ticket}"

    def _readings(self) -> Iterable[PinnedReading]:
        """What opens it and what decides, each once."""
        opening = [reading for alert in self.alerts for reading in alert.readings]
        return {reading.name: reading for reading in (*opening, *self._pinned.evidence)}.values()

    def _reading(self, reading: PinnedReading) -> RunbookLine:
        spec = self.catalogue.readings[reading.uses]
        each = reading.each or (reading,)
        places = ", ".join(dict.fromkeys(f"`{one.target.key}`" for one in each if one.target))
        asked = "".join(f", {words}" for words in arguments_words(reading.arguments))
        of = f" of {places}" if places else ""
        after = f"; read after {', '.join(reading.after)}" if reading.after else ""
        return RunbookLine(f"`{reading.name}`: `{reading.uses}`{of}{asked}{after}. {spec.says}")

    def _over(self) -> Iterator[RunbookLine]:
        pinned = self._pinned
        yield from (RunbookLine(check_words(check)) for check in pinned.checks)
        if not pinned.checks:
            yield RunbookLine("A person says so: nothing that is read shows it")
        yield RunbookLine(f"and then watch it for {lasting(pinned.watch_for)}")

    def _otherwise(self) -> Iterator[RunbookLine]:
        otherwise = self._pinned.otherwise
        if otherwise.escalate:
            yield RunbookLine(f"call {self._people(otherwise.escalate)}")
        yield from (RunbookLine(said_words(saying)) for saying in otherwise.say)
        yield from manual_lines(otherwise.manual)

    def _rung(self, rung: PinnedRung) -> RunbookLine:
        where = rung.label or ", ".join(map(str, rung.severity))
        offered = f"; offer `stanch open {rung.offer}`" if rung.offer else ""
        text = (
            f"after {lasting(rung.after)}, unless it is {rung.unless}: call {self._people(rung.to)}{offered}"
        )
        return RunbookLine(f"{where}: {text}" if where else text, below=manual_lines(rung.manual))

    def _people(self, name: str) -> str:
        """A role with who has it."""
        if name in self.team.people or name == EVERYBODY:
            return name
        have = ", ".join(self.team.called(name))
        if name == ON_CALL and self.team.on_call is not None:
            return f"{name} (a week each: {have})"
        return f"{name} ({have})" if have else name

    def _links(self) -> Iterator[RunbookLine]:
        service = self._pinned.service
        yield from (RunbookLine(f"{title}: {address}") for title, address in service.links.items())
        if service.owners:
            yield RunbookLine(f"owned by {', '.join(service.owners)}")


def fires_lines(alert: PinnedAlert) -> Iterator[RunbookLine]:
    """When a measured alert fires."""
    lasts = f" for {lasting(alert.lasts)}" if alert.lasts else ""
    for label, condition in alert.fires:
        fires = f"fires as {label}" if label else "fires"
        text = f"{fires} when {in_words(condition)}{lasts}, looked at every {lasting(alert.every)}"
        yield RunbookLine(text)


def _choice(one: PinnedInput) -> str:
    return f"{one.name}: one of {', '.join(one.one_of or one.facts)}"
