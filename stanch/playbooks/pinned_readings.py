"""What a scenario reads: evidence to decide by, and checks that are watched afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import JsonValue

from stanch.model.change import Target
from stanch.model.playbook import PinnedCheck, PinnedReading, WrittenCheck, WrittenReading
from stanch.model.team import ServiceFacts
from stanch.model.verb import ReadingSpec
from stanch.playbooks.arguments import Checking
from stanch.playbooks.complaints import checked
from stanch.playbooks.context import Context
from stanch.playbooks.language import RESERVED, SERVICE, Language, can_be_named
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of
from stanch.playbooks.team_file import refuse_page
from stanch.policy import facts
from stanch.policy.conditions import MissingFact
from stanch.policy.templates import render_all

PROBE = "probe.http"
"""The reading that takes a service's own addresses where none are written."""
PAGE = "status.page"
"""The reading that asks a vendor's own page, by its name."""

_OFTENEST = timedelta(seconds=1)


@dataclass(frozen=True)
class ReadingPinning:
    """Pins what is read about one service."""

    context: Context
    service: str

    def evidence(
        self, written: Mapping[str, WrittenReading], position: Position
    ) -> tuple[tuple[PinnedReading, ...], Language]:
        """Every reading that is right, and the language in which options may speak of all of them."""
        known = {
            name: self._spec(reading.uses, position.at(name))
            for name, reading in written.items()
            if _is_name(name, position.at(name))
        }
        pinned = (
            self._reading(name, written[name], spec, position.at(name))
            for name, spec in known.items()
            if spec
        )
        every = {**dict.fromkeys(written), **known}
        asked = {name: reading.with_ for name, reading in written.items()}
        return tuple(reading for reading in pinned if reading), Language.of_evidence(every, asked)

    def _reading(
        self, name: str, written: WrittenReading, spec: ReadingSpec, position: Position
    ) -> PinnedReading | None:
        if spec.everywhere:
            return self._everywhere(name, written, spec, position)
        spec = self._here(spec, written.target, position)
        target, arguments = self._asked(written, spec, position)
        self._check(spec, Language.of_alert(), arguments, position)
        self._refuse_page(spec, arguments, position)
        if spec.of and target is None:
            return None
        return PinnedReading(
            name=name, uses=spec.name, target=target, arguments=arguments, within=written.within
        )

    def _refuse_page(self, spec: ReadingSpec, arguments: Mapping[str, JsonValue], position: Position) -> None:
        page = arguments.get("page") if spec.name == PAGE else None
        if isinstance(page, str) and "${" not in page:
            refuse_page(page, self.context.team, self.context.catalogue, position.at("with", "page"))

    def _here(self, spec: ReadingSpec, written: str, position: Position) -> ReadingSpec:
        """What a reading that is written for every provider means for this service."""
        if not spec.stands_for:
            return spec
        found = self._meant(spec, written)
        if not found:
            instead = f"Name a service that runs where {spec.name} is known, or another reading"
            position.at("uses").wrong(
                f"{spec.name} is not known where {written or self.service} runs", instead
            )
        return found[0][1] if found else spec

    def _everywhere(
        self, name: str, written: WrittenReading, spec: ReadingSpec, position: Position
    ) -> PinnedReading | None:
        arguments = dict(written.with_)
        self._check(spec, Language.of_alert(), arguments, position)
        found = self._meant(spec, written.target)
        if not found:
            position.at("uses").wrong(f"{spec.name} is not known where {written.target or self.service} runs")
            return None
        about = {"arguments": arguments, "within": written.within}
        each = tuple(
            PinnedReading(name=f"{name} of {target.key}", uses=one.name, target=target, **about)
            for target, one in found
        )
        return PinnedReading(name=name, uses=spec.name, each=each, **about)

    def _meant(self, spec: ReadingSpec, written: str) -> list[tuple[Target, ReadingSpec]]:
        """The places where the service runs and this can be read, with the provider's own reading."""
        about = written if written in self.context.targets else self.service
        named = ((one, f"{one.provider}.{spec.stands_for}") for one in self.context.targets.get(about, ()))
        readings = self.context.catalogue.readings
        return [(target, readings[uses]) for target, uses in named if uses in readings]

    def checks(self, written: tuple[WrittenCheck, ...], position: Position) -> tuple[PinnedCheck, ...]:
        """The checks, or a probe of the service's addresses where none are written and there are some."""
        if not written and self._facts(self.service).health and PROBE in self.context.catalogue.readings:
            written = (WrittenCheck(uses=PROBE),)
        pinned = (self._one_check(check, position.at(index)) for index, check in enumerate(written))
        return tuple(check for check in pinned if check)

    def _one_check(self, written: WrittenCheck, position: Position) -> PinnedCheck | None:
        spec = self._spec(written.uses, position)
        if spec is None:
            return None
        if spec.everywhere:
            position.at("uses").wrong(f"{spec.name} is evidence; a check watches one thing")
            return None
        spec = self._here(spec, written.target, position)
        target, arguments = self._asked(written, spec, position)
        good_when = written.good_when or spec.good_when
        words = Language.of_check(spec, written.with_)
        if good_when:
            words.condition(good_when, position.at("good_when"))
        else:
            instead = f"Write good_when: with it.…, such as it.{next(iter(spec.result.model_fields), 'x')}"
            position.wrong(f"{spec.name} does not say by itself what is good", instead)
        if written.every < _OFTENEST:
            position.at("every").wrong("a check looks at most once a second", "Write 1s or longer")
        return PinnedCheck(
            uses=spec.name,
            target=target,
            arguments=self._settled(spec, arguments, position),
            good_when=good_when,
            variables=words.used,
            **written.model_dump(
                include={"every", "stays_good_for", "samples", "settles_within", "bad_in_a_row"}
            ),
        )

    def _spec(self, uses: str, position: Position) -> ReadingSpec | None:
        spec = self.context.catalogue.readings.get(uses)
        if spec is not None:
            return spec
        if uses in self.context.catalogue.verbs:
            position.at("uses").wrong(f"{uses} changes something; a reading is wanted here")
        else:
            instead = instead_of(uses, self.context.catalogue.readings, kind="readings are")
            position.at("uses").wrong(f"there is no reading {uses}", instead)
        return None

    def _asked(
        self, written: WrittenReading | WrittenCheck, spec: ReadingSpec, position: Position
    ) -> tuple[Target | None, dict[str, JsonValue]]:
        """What is looked at, and with which arguments."""
        arguments = dict(written.with_)
        if spec.of:
            found = self.context.target(
                spec.of, written.target, self.service, position.at("target"), spec.also_of
            )
            own = next(
                (one for one in self.context.targets.get(self.service, ()) if one.provider == spec.of), None
            )
            if spec.visitor and own and own != found:
                arguments = {spec.visitor: self.context.written(own), **arguments}
            return found, arguments
        if spec.name != PROBE:
            if written.target:
                position.at("target").wrong(f"{spec.name} reads no target", "Leave the line out")
            return None, arguments
        about = written.target or self.service
        if about not in self.context.services:
            instead = instead_of(about, self.context.services, kind="services are")
            position.at("target").wrong(f"there is no service {about}", instead)
        elif "urls" not in arguments:
            arguments["urls"] = list(self._facts(about).health)
            if not arguments["urls"]:
                instead = "Write with: {urls: [https://…]} here, or health: on the service in stanch.yaml"
                position.wrong(f"{spec.name} has no address of {about}", instead)
        return None, arguments

    def _facts(self, service: str) -> ServiceFacts:
        return self.context.services[service]

    def _check(
        self, spec: ReadingSpec, language: Language, arguments: Mapping[str, Any], position: Position
    ) -> None:
        secrets = frozenset(self.context.team.secrets)
        Checking(spec.arguments, language, secrets).of(arguments, position.at("with"))

    def _settled(
        self, spec: ReadingSpec, arguments: dict[str, JsonValue], position: Position
    ) -> dict[str, JsonValue]:
        """A check's arguments are worked out while loading: a watch knows nothing but what it reads."""
        before = len(position.found)
        self._check(spec, Language.of_service(), arguments, position)
        if len(position.found) > before:
            return arguments
        service = self._facts(self.service)
        known = {"service.name": service.name, "service.facts": service.facts}
        try:
            settled = render_all(arguments, facts.declared(SERVICE), known)
        except MissingFact as missing:
            position.at("with").wrong(str(missing), "Write it under facts: of the service in stanch.yaml")
            return arguments
        checked(spec.arguments, settled, position.at("with"))
        return settled


def _is_name(name: str, position: Position) -> bool:
    if name not in RESERVED and can_be_named(name):
        return True
    taken = "is taken" if name in RESERVED else "is no name that an expression can say"
    position.wrong(f"{name} {taken}", "Name evidence with letters, digits and _, such as release")
    return False
