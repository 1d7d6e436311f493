"""Every vendor's readings: they change nothing, say what is there, and fail by name."""

from typing import Any

import pytest

from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.faults import Fault, Trouble
from sandbox.vendors import secrets
from sandbox.world import Sandbox
from stanch.errors import Rejected, StanchError, Unauthorized, Unavailable
from stanch.model.evidence import Look, Reading
from tests.activities.contract.bench import Connections, Line
from tests.activities.contract.case import AT, SOURCES, ReadingCase
from tests.activities.contract.cases import READINGS, crossed

every_reading = pytest.mark.parametrize("case", READINGS, ids=str)
FAULTS: dict[str, tuple[Fault, tuple[type[StanchError], ...]]] = {
    "401": (Fault(status=401, times=None), (Unauthorized,)),
    "403": (Fault(status=403, times=None), (Unauthorized,)),
    "422": (Fault(status=422, times=None), (Rejected,)),
    "429": (Fault(status=429, times=None), (Unavailable,)),
    "500": (Fault(status=500, times=None), (Unavailable,)),
    "503": (Fault(status=503, times=None), (Unavailable,)),
    "timeout": (Fault(trouble=Trouble.TIMEOUT, times=None), (Unavailable,)),
    "reset": (Fault(trouble=Trouble.RESET, times=None), (Unavailable,)),
    "answer lost": (Fault(trouble=Trouble.ANSWER_LOST, times=None), (Unavailable,)),
}
NONSENSE = {"garbage": Trouble.GARBAGE, "empty list": Trouble.EMPTY_LIST}


class Looking:
    """One reading, asked in a world of its own as often as wanted."""

    def __init__(self, case: ReadingCase, connections: Connections) -> None:
        self.case = case
        self.said: list[str] = []
        self._outside = connections.to(case)
        self.sandbox = Sandbox(case.scene, SandboxClock(AT))
        self.line = Line(application(self.sandbox))

    async def look(self, fault: Fault | None = None) -> Reading:
        self.case.attach(self._outside, self.line)
        self.sandbox.reset()
        self.case.attach(self._outside, self.line)
        if fault:
            self.sandbox.order(fault)
        case = self.case
        asked = Look(target=case.target, arguments=case.arguments, as_of=AT, first_bad_at=case.first_bad_at)
        try:
            found = await SOURCES[case.reading][1](self._outside).read(asked)
        except StanchError as error:
            self.said += [str(error), repr(error), repr(error.__cause__), repr(vars(error))]
            raise
        self.said += [repr(found), found.model_dump_json(), found.line()]
        return found

    async def requests(self) -> int:
        """How many it takes; the first look may find its token refused by a world that is new."""
        seen = []
        for _ in range(2):
            await self.look()
            seen.append(len(self.sandbox.ledger.requests))
        return min(seen)


@pytest.fixture
def looking(case: ReadingCase, connections: Connections) -> Any:
    made = Looking(case, connections)
    yield made
    assert made.sandbox.ledger.unexpected == []
    said = "\n".join(made.said)
    assert [secret for secret in (case.key, *secrets(made.sandbox)) if secret in said] == []


def test_every_reading_of_a_vendor_has_a_case() -> None:
    wanted = {name for name, (part, _) in SOURCES.items() if part.vendor}

    assert wanted <= {case.reading for case in READINGS}, "write a ReadingCase in the vendor's cases.py"


@every_reading
async def test_it_says_what_is_there_and_changes_nothing(looking: Looking, case: ReadingCase) -> None:
    found = await looking.look()

    assert type(found) is SOURCES[case.reading][1].spec.result
    assert case.sees(found), found
    assert found.line()
    assert "\n" not in found.line()
    assert (looking.line.writes, looking.sandbox.ledger.effects()) == (0, [])
    restored = type(found).model_validate_json(found.model_dump_json(exclude={"said"}))
    assert restored == found


@crossed("case trouble", [(case,) for case in READINGS], FAULTS, one_in=24)
async def test_whatever_goes_wrong_at_any_request_has_a_name(
    looking: Looking, case: ReadingCase, trouble: tuple[Fault, tuple[type[StanchError], ...]]
) -> None:
    fault, kinds = trouble
    for passed in range(await looking.requests()):
        ordered = fault.model_copy(update={"after": passed})
        refused = fault.trouble is Trouble.STATUS and fault.status in case.measures
        if kinds == (Unavailable,) and (case.measures_trouble or refused):
            assert not case.sees(await looking.look(ordered))
            continue
        with pytest.raises(StanchError) as raised:
            await looking.look(ordered)
        assert type(raised.value) in kinds


@crossed("case trouble", [(case,) for case in READINGS], NONSENSE, one_in=8)
async def test_nonsense_is_no_crash(looking: Looking, case: ReadingCase, trouble: Trouble) -> None:
    for passed in range(await looking.requests()):
        try:
            await looking.look(Fault(trouble=trouble, times=None, after=passed))
        except StanchError:
            continue
        assert trouble is Trouble.EMPTY_LIST or case.believes_garbage


def test_a_reading_says_which_permission_it_takes() -> None:
    silent = {name for name, (part, source) in SOURCES.items() if bool(source.spec.needs) is not part.vendor}

    assert silent == set()
