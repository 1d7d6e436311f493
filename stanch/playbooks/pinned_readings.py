"""One reading: which vendor's it is, what it looks at, and what it is asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, JsonValue

from stanch.model.change import Target
from stanch.model.playbook import PinnedReading
from stanch.model.service import ServiceFacts
from stanch.model.verb import ReadingSpec
from stanch.playbooks.addresses import completed, with_base
from stanch.playbooks.arguments import Checking
from stanch.playbooks.context import Context
from stanch.playbooks.language import Language
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of
from stanch.playbooks.team_file import refuse_page
from stanch.playbooks.vantages import with_vantages

PROBE = "probe"
"""The reading that a check looks with where none is written."""
PAGE = "status.page"
"""The reading that asks a vendor's own page, by its name."""
LOGS = "logs"
"""What a place of its own is asked for before the place where the service runs."""
_ADDRESSES = {"url", "urls"}
_MOST_NAMED = 8


@dataclass(frozen=True)
class AskedReading:
    """What is written of a reading, wherever it stands."""

    name: str
    spec: ReadingSpec
    """What is known of it by the name that is written."""
    target: tuple[str, ...] = ()
    arguments: Mapping[str, JsonValue] | None = None
    within: timedelta = timedelta(seconds=20)


@dataclass(frozen=True)
class ReadingPinning:
    """Pins what is read about one service."""

    context: Context
    service: str

    def spec(self, uses: str, position: Position) -> ReadingSpec | None:
        """What is known of a reading by its name; None for none, which the position is told."""
        readings = self.context.catalogue.readings
        if uses in readings:
            return readings[uses]
        if uses in self.context.catalogue.verbs or uses in self.context.catalogue.portable_verbs:
            position.wrong(f"{uses} changes something; a reading is wanted here")
            return None
        provider = uses.partition(".")[0]
        of_it = [name for name in readings if name.startswith(f"{provider}.")]
        known = f"Known of {provider} are {', '.join(of_it[:_MOST_NAMED])}" if of_it else ""
        instead = instead_of(uses, readings, kind="readings are")
        near = instead.startswith("Did you mean")
        position.wrong(f"there is no reading {uses}", instead if near or not known else known)
        return None

    def pin(self, asked: AskedReading, language: Language, position: Position) -> PinnedReading | None:
        """The reading; None where something is wrong, or where the vendor has nothing of that kind."""
        spec = asked.spec
        elsewhere = spec.of or spec.stands_for or _ADDRESSES & spec.arguments.model_fields.keys()
        if asked.target and not elsewhere:
            position.at("target").wrong(f"{spec.name} reads no target", "Leave the line out")
            return None
        abouts = [self._about(name, position) for name in asked.target or ("",)]
        if not all(abouts):
            return None
        if spec.everywhere:
            return self._everywhere(asked, abouts[0], language, position)
        if spec.stands_for or spec.of:
            each = [
                self._at(asked, written, about, language, position)
                for written, about in zip(asked.target or ("",), abouts, strict=True)
            ]
            found = [reading for reading in each if reading]
            return _as_one(asked, found) if len(found) == len(each) else None
        arguments = self._arguments(asked, spec, abouts, language, position)
        pinned = PinnedReading(name=asked.name, uses=spec.name, arguments=arguments, within=asked.within)
        return with_vantages(pinned, spec.arguments, abouts, self.context)

    def _about(self, written: str, position: Position) -> str:
        """The service that is meant; a place that is written as provider:name is seen from this one."""
        if ":" in written:
            return self.service
        return self.context.meant(written, self.service, position.at("target"))

    def _at(
        self, asked: AskedReading, written: str, about: str, language: Language, position: Position
    ) -> PinnedReading | None:
        """At one place."""
        spec = asked.spec
        target: Target | None
        if spec.stands_for:
            found = self._meant(spec, about) if ":" not in written else self._named(spec, written, position)
            if not found:
                self._refuse(spec, written or about, position)
                return None
            target, spec = found[0]
        else:
            here = position.at("target")
            target = self.context.target(spec.of, written, self.service, here, spec.also_of)
            visitor = self.context.visitor(spec.of, self.service, target) if spec.visitor else None
            if visitor:
                asked = replace(asked, arguments={spec.visitor: visitor, **(asked.arguments or {})})
        arguments = self._arguments(asked, spec, [about], language, position)
        if target is None:
            return None
        return PinnedReading(
            name=asked.name, uses=spec.name, target=target, arguments=arguments, within=asked.within
        )

    def _everywhere(
        self, asked: AskedReading, about: str, language: Language, position: Position
    ) -> PinnedReading | None:
        spec = asked.spec
        arguments = self._arguments(asked, spec, [about], language, position)
        found = self._meant(spec, about)
        if not found:
            self._refuse(spec, about, position)
            return None
        each = tuple(
            PinnedReading(
                name=f"{asked.name} of {target.key}",
                uses=one.name,
                target=target,
                arguments=arguments,
                within=asked.within,
            )
            for target, one in found
        )
        return PinnedReading(
            name=asked.name, uses=spec.name, each=each, arguments=arguments, within=asked.within
        )

    def _meant(self, spec: ReadingSpec, about: str) -> list[tuple[Target, ReadingSpec]]:
        """The places where the service runs and this can be read, with the provider's own reading."""
        targets = self.context.targets[about]
        if spec.stands_for == LOGS:
            targets = (*targets[1:], *targets[:1])
        named = ((one, f"{one.provider}.{spec.stands_for}") for one in targets)
        readings = self.context.catalogue.readings
        found = [(target, readings[uses]) for target, uses in named if uses in readings]
        runs_on = self.context.targets.get(about, ())[:1]
        return sorted(found, key=lambda one: spec.also_first and one[0] in runs_on)

    def _named(self, spec: ReadingSpec, written: str, position: Position) -> list[tuple[Target, ReadingSpec]]:
        """The place that is written as provider:name, with the provider's own reading."""
        target = self.context.target("", written, self.service, position.at("target"))
        own = self.context.catalogue.readings.get(f"{target.provider}.{spec.stands_for}") if target else None
        return [(target, own)] if target and own else []

    def _refuse(self, spec: ReadingSpec, about: str, position: Position) -> None:
        """Say that nobody offers this there; where the vendor has nothing of the kind, that is no mistake."""
        reasons = self.context.catalogue.offers_none
        for target in self.context.targets.get(about, ()):
            if why := reasons.get((target.provider, spec.stands_for)):
                position.remark(f"left out: {spec.name} of {about}: {why}")
                return
        instead = f"Name a service that runs where {spec.name} is known, or another reading"
        position.at("uses").wrong(f"{spec.name} is not known where {about} runs", instead)

    def _arguments(
        self,
        asked: AskedReading,
        spec: ReadingSpec,
        abouts: list[str],
        language: Language,
        position: Position,
    ) -> dict[str, JsonValue]:
        """What is written, and what the catalogue fills in."""
        arguments = dict(asked.arguments or {})
        model, about = spec.arguments, abouts[0]
        self._fill_addresses(arguments, abouts, spec, position)
        self._fill_pages(arguments, model)
        base = self.context.written(about).base
        arguments = with_base(arguments, model, base, about, position.at("with"))
        secrets = frozenset(self.context.team.secrets)
        compiled = Checking(model, language, secrets, looks=True).of(arguments, position.at("with"))
        page = arguments.get("page") if spec.name == PAGE else None
        if isinstance(page, str) and "${" not in page:
            refuse_page(page, self.context.team, self.context.catalogue, position.at("with", "page"))
        return compiled

    def _fill_addresses(
        self, arguments: dict[str, JsonValue], abouts: list[str], spec: ReadingSpec, position: Position
    ) -> None:
        """A probe looks at the addresses of the service where none are written."""
        takes = _ADDRESSES & spec.arguments.model_fields.keys()
        path = arguments.get("url")
        if isinstance(path, str) and path.startswith("/") and len(abouts) > 1 and "urls" in takes:
            bases = ((about, self.context.written(about).base) for about in abouts)
            here = position.at("with", "url")
            arguments["urls"] = [completed(path, base, about, here) for about, base in bases]
            del arguments["url"]
        if not takes or _ADDRESSES & arguments.keys() or not _is_probe(spec):
            return
        health = [url for about in abouts for url in self._facts(about).health]
        if not health:
            instead = "Write with: {url: https://…} here, or health: on the service in stanch.yaml"
            position.wrong(f"{spec.name} has no address of {', '.join(abouts)}", instead)
        elif "urls" in takes:
            arguments["urls"] = list(health)
        else:
            arguments["url"] = health[0]

    def _fill_pages(self, arguments: dict[str, JsonValue], model: type[BaseModel]) -> None:
        """The status pages that the service depends on, and that of where it runs."""
        if "pages" not in model.model_fields or "pages" in arguments:
            return
        facts = self._facts(self.service)
        hosting = self.context.page(facts.target.provider) if facts.target else ""
        pages = dict.fromkeys(page for page in (hosting, *facts.depends_on) if page)
        arguments["pages"] = list(pages)
        if hosting and "hosting" in model.model_fields:
            arguments["hosting"] = hosting

    def _facts(self, service: str) -> ServiceFacts:
        return self.context.services[service]

    def filled(self, arguments: Mapping[str, Any], spec: ReadingSpec) -> dict[str, Any]:
        """The arguments that name facts: as written, with the pages of the service."""
        found = dict(arguments)
        self._fill_pages(found, spec.arguments)
        return found


def _is_probe(spec: ReadingSpec) -> bool:
    return spec.name == "probe" or spec.name.startswith("probe.")


def _as_one(asked: AskedReading, found: Iterable[PinnedReading]) -> PinnedReading:
    """Several places are asked one by one."""
    each = tuple(found)
    if len(each) == 1:
        return each[0]
    named = tuple(
        one.model_copy(update={"name": f"{asked.name} of {one.target.key if one.target else one.name}"})
        for one in each
    )
    return PinnedReading(name=asked.name, uses=asked.spec.name, each=named, within=asked.within)
