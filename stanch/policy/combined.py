"""Several readings answered as one."""

from collections.abc import Sequence
from datetime import datetime

from stanch.model.evidence import Evidence
from stanch.model.playbook import PinnedReading
from stanch.model.recent import Recent
from stanch.model.recent import together as merged


def evidence(reading: PinnedReading, parts: Sequence[Evidence], at: datetime) -> Evidence:
    """What was changed lately, everywhere that answered; missing only where nobody did."""
    known = [_recent(part) for part in parts if part.result is not None]
    silent = [f"{part.name}: {part.missing_because}" for part in parts if part.result is None]
    if not known:
        return Evidence(name=reading.name, uses=reading.uses, missing_because="; ".join(silent), read_at=at)
    found = merged(known, complete=not silent)
    line = "; ".join((found.line(), *silent))
    result = found.model_dump(mode="json")
    return Evidence(name=reading.name, uses=reading.uses, result=result, line=line, read_at=at)


def _recent(part: Evidence) -> Recent:
    fields = {key: value for key, value in (part.result or {}).items() if key != "said"}
    return Recent.model_validate(fields)
