"""What severities mean to a team: their ranks, who is called and told, and the ladder of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stanch.model.alert import Severity
from stanch.model.severity_levels import PinnedLevel, PinnedRung, SeverityWhen
from stanch.model.written import WrittenScenario
from stanch.model.written_playbook import WrittenLevel, WrittenPlaybook, WrittenRung
from stanch.playbooks.context import Context
from stanch.playbooks.language import INCIDENT, Language, Vocabulary
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of
from stanch.playbooks.sayings import Sayings, refuse_channel, refuse_message
from stanch.playbooks.team_file import refuse_nobody

_OTHERWISE = "otherwise"
_STATUS_PAGE = "status_page"
_STATES = ("investigating", "identified", "monitoring", "resolved")
"""Every status page has them; where the team has no words of its own, the usual ones stand there."""


@dataclass(frozen=True)
class MeantSeverity:
    """The severity of one scenario."""

    label: str
    begins: Severity
    when: tuple[SeverityWhen, ...] = ()


@dataclass(frozen=True)
class Levels:
    """Every severity of one playbook."""

    written: Mapping[str, WrittenLevel]
    context: Context
    position: Position

    def severity(self, entry: WrittenScenario, language: Language, position: Position) -> MeantSeverity:
        """Which severity a scenario has, and when."""
        if isinstance(entry.severity, str):
            label = entry.severity
            if label:
                self.refuse_unknown(label, position)
            return MeantSeverity(label, self._rank(label))
        return self._by_condition(entry.severity, language, position)

    def _by_condition(
        self, written: Mapping[str, str], language: Language, position: Position
    ) -> MeantSeverity:
        found, last = [], next(reversed(list(written)), "")
        ranks = [self._rank(label).rank for label in written]
        for index, (label, condition) in enumerate(written.items()):
            here = position.at(label)
            self.refuse_unknown(label, here)
            if index and ranks[index] < ranks[index - 1]:
                here.wrong(f"{label} is graver than what stands before it", "Write the gravest first")
            if label == last:
                found.append(SeverityWhen(label=label))
                if condition != _OTHERWISE:
                    here.wrong("the last one holds where none before it does", f"Write {label}: {_OTHERWISE}")
                continue
            found.append(SeverityWhen(label=label, when=language.condition(condition, here)))
        if not found:
            position.wrong("is empty", "Write a severity, or leave the line out")
        return MeantSeverity(last, self._rank(last), tuple(found))

    def refuse_unknown(self, label: str, position: Position) -> None:
        """Tell the position of a label that this playbook does not have."""
        if label not in self.written:
            instead = instead_of(label, self.written, kind="this playbook's severities are")
            position.wrong(f"there is no severity {label}", instead)

    @property
    def ranks(self) -> dict[str, Severity]:
        """What each label means."""
        return {label: level.rank for label, level in self.written.items()}

    def _rank(self, label: str) -> Severity:
        level = self.written.get(label)
        return level.rank if level else Severity.MEDIUM

    def pinned(self, severity: MeantSeverity) -> tuple[dict[str, PinnedLevel], tuple[PinnedRung, ...]]:
        """What the severities mean that a scenario can have, and their ladders: it may rise by a word."""
        least = severity.begins.rank if severity.label else len(Severity)
        labels = [label for label, level in self.written.items() if level.rank.rank <= least]
        levels, rungs = {}, list[PinnedRung]()
        for label in dict.fromkeys(labels):
            if label in self.written:
                levels[label] = self._level(self.written[label])
                rungs += self._rungs(label)
        team = (PinnedRung(**dict(rung)) for rung in self.context.team.escalation)
        means = {label: level for label, level in levels.items() if level != PinnedLevel()}
        return means, tuple(rungs or team)

    def _level(self, written: WrittenLevel) -> PinnedLevel:
        plain = {
            name: getattr(written, name)
            for name in ("page", "tell", "status_page", "update_every", "respond_within", "ticket")
        }
        nowhere = Position(self.position.source)
        return PinnedLevel(channel=_language().told(written.channel, nowhere), **plain)

    def _rungs(self, label: str) -> Iterator[PinnedRung]:
        sayings = Sayings(self.context, _language())
        for rung in self.written[label].escalate:
            yield PinnedRung(
                after=rung.after,
                to=rung.to,
                unless=rung.unless,
                label=label,
                manual=sayings.items(rung.manual, Position(self.position.source)),
                offer=rung.offer,
            )

    def check(self, playbook: WrittenPlaybook) -> None:
        """Tell the position of whom, what and where nobody knows."""
        for label, level in self.written.items():
            self._check(level, playbook, self.position.at(label))

    def _check(self, level: WrittenLevel, playbook: WrittenPlaybook, position: Position) -> None:
        sayings = Sayings(self.context, _language())
        sayings.called(level.page, position.at("page"))
        for channel, message in level.tell.items():
            here = position.at("tell", channel)
            refuse_channel(channel, self.context, here)
            refuse_message(message, self.context, here)
        sayings.language.told(level.channel, position.at("channel"))
        if level.status_page:
            refuse_channel(_STATUS_PAGE, self.context, position.at("status_page"))
            if level.status_page not in _STATES:
                refuse_message(level.status_page, self.context, position.at("status_page"))
        if level.ticket and level.ticket not in self.context.team.providers:
            instead = instead_of(level.ticket, self.context.team.providers)
            position.at("ticket").wrong(f"there is no provider {level.ticket} in stanch.yaml", instead)
        earlier: WrittenRung | None = None
        for index, rung in enumerate(level.escalate):
            here = position.at("escalate", index)
            refuse_nobody(rung.to, self.context.team, here.at("to"))
            sayings.items(rung.manual, here.at("manual"))
            _check_offer(rung.offer, playbook, here.at("offer"))
            if earlier is not None and rung.after < earlier.after:
                here.at("after").wrong("comes before the rung above it", "Write the rungs in order")
            earlier = rung


def _check_offer(name: str, playbook: WrittenPlaybook, position: Position) -> None:
    if name and name not in playbook.scenarios:
        instead = instead_of(name, playbook.scenarios, kind="scenarios are")
        position.wrong(f"there is no scenario {name}", instead)
    elif name and not playbook.scenarios[name].opens_on.asked:
        position.wrong(f"{name} is not opened by hand", "Write asked: true under its opens_on:")


def _language() -> Language:
    """What a level's own texts may speak of."""
    return Language.of_alert().wider(Vocabulary(INCIDENT))
