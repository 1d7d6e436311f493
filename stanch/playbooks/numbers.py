"""The numbers of a service: where each is measured, in which unit, and by which names expressions say it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, JsonValue

from stanch.model.evidence import ExpressionVariable
from stanch.model.playbook import PinnedReading
from stanch.model.service import Metric
from stanch.model.verb import ReadingSpec
from stanch.playbooks.addresses import with_base
from stanch.playbooks.arguments import Checking
from stanch.playbooks.context import Context
from stanch.playbooks.language import Language, readable
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of
from stanch.policy import facts
from stanch.policy.fact_types import ValueType

METRICS = "metrics"
ALSO = ("usual", "before", "slope_per_hour")
_VALUE = "value"
_NUMBERS = {_VALUE, *ALSO, "top_value"}
"""What has the unit of the number itself."""
_WITHIN = timedelta(seconds=20)
_LENGTHS = {"s", "ms"}
_SHARES = {"share", "percent"}


@dataclass(frozen=True)
class MeasuredNumber:
    """One number of a service."""

    reading: PinnedReading
    spec: ReadingSpec
    variables: Mapping[str, ExpressionVariable] = field(default_factory=dict)
    shares: frozenset[str] = frozenset()
    """Which of the variables are parts of one."""

    def asked(self, names: Collection[str], position: Position) -> PinnedReading:
        """The reading with everything that some expression names, and nothing else."""
        wanted = [also for also in ALSO if f"{self.reading.name}.{also}" in names]
        for also in wanted:
            if also not in self.spec.series:
                what = f"{self.spec.name} keeps no series, so {self.reading.name}.{also} is not known"
                position.wrong(what, "Measure it where a series is kept, or compare it with a number")
        more: dict[str, JsonValue] = {"also": list(wanted)} if wanted else {}
        return self.reading.model_copy(update={"arguments": {**self.reading.arguments, **more}})


def numbers_of(context: Context, service: str, position: Position) -> dict[str, MeasuredNumber | None]:
    """Every number of a service by its name; None where something is wrong, which the position then knows."""
    written = context.written(service).metrics
    return {
        name: _number(context, service, name, metric, position.at(METRICS, name))
        for name, metric in written.items()
    }


def _number(
    context: Context, service: str, name: str, metric: Metric, position: Position
) -> MeasuredNumber | None:
    before = len(position.found)
    spec = _spec(metric.uses, context, position.at("uses"))
    if spec is None:
        return None
    about = context.meant(metric.target, service, position.at("target"))
    here = position.at("target")
    target = context.target(spec.of, metric.target, service, here, spec.also_of) if spec.of else None
    arguments = _arguments(name, metric, spec, position)
    if about:
        base = context.written(about).base
        arguments = with_base(arguments, spec.arguments, base, about, position.at("with"))
    secrets = frozenset(context.team.secrets)
    arguments = Checking(spec.arguments, Language.of_service(), secrets).of(arguments, position.at("with"))
    unit = metric.in_ or _unit_of(name, arguments, spec, position)
    if len(position.found) > before:
        return None
    reading = PinnedReading(
        name=f"{METRICS}.{name}", uses=spec.name, target=target, arguments=arguments, within=_WITHIN
    )
    variables = _variables(reading.name, spec.result, arguments, is_length=unit in _LENGTHS)
    shares = (each for each in variables if unit in _SHARES and _is_number(each, reading.name))
    return MeasuredNumber(reading, spec, variables, frozenset(shares))


def _spec(uses: str, context: Context, position: Position) -> ReadingSpec | None:
    spec = context.catalogue.readings.get(uses)
    if spec is None:
        instead = instead_of(uses, context.catalogue.readings, kind="readings are")
        position.wrong(f"there is no reading {uses}", instead)
    elif _VALUE not in spec.result.model_fields:
        position.wrong(f"{uses} gives no single number", "Measure it with a reading whose fact is value")
        return None
    return spec


def _arguments(name: str, metric: Metric, spec: ReadingSpec, position: Position) -> dict[str, JsonValue]:
    """What is written, and what the catalogue says beside it, as far as the reading takes it."""
    known = _keys_of(spec.arguments)
    beside: dict[str, JsonValue] = {"in": metric.in_, "by": dict(metric.by) or None}
    for key, value in beside.items():
        if value is not None and key not in known:
            position.at(key).wrong(f"{spec.name} takes no {key}", "Leave the line out")
    named = {"metric": name} if "metric" in known and "metric" not in metric.with_ else {}
    return {
        **metric.with_,
        **named,
        **{key: value for key, value in beside.items() if value is not None and key in known},
    }


def _keys_of(model: type[BaseModel]) -> set[str]:
    return {info.alias or name for name, info in model.model_fields.items()}


def _unit_of(name: str, arguments: Mapping[str, Any], spec: ReadingSpec, position: Position) -> str:
    """What the reading says of it; of some names what they always are."""
    asked = arguments.get("metric")
    if isinstance(asked, str) and asked in spec.units:
        return spec.units[asked]
    if facts.names_a_share(name):
        return "share"
    if facts.names_a_length(name):
        what = f"{spec.name} gives a bare number, and {name} is a length of time"
        position.wrong(what, "Write in: s or in: ms")
    return ""


def _variables(
    name: str, model: type[BaseModel], asked: Mapping[str, Any], *, is_length: bool
) -> dict[str, ExpressionVariable]:
    """`metrics.p95` is the number itself; what has its unit is a length of time where it is one."""
    found = dict(_named(name, readable(model, name, asked)))
    if not is_length:
        return found
    length = {"type": ValueType.DURATION}
    return {
        said: variable.model_copy(update=length) if _is_number(said, name) else variable
        for said, variable in found.items()
    }


def _named(
    name: str, variables: Mapping[str, ExpressionVariable]
) -> Iterator[tuple[str, ExpressionVariable]]:
    for said, variable in variables.items():
        yield (name if said == f"{name}.{_VALUE}" else said), variable


def _is_number(said: str, name: str) -> bool:
    return said == name or said.rpartition(".")[2] in _NUMBERS
