"""Every request that a part sends, and every answer of its fake, is as the vendor describes it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from activities.registry import MODULES
from tests.conformance.documents import MISSING, SPECS
from tests.conformance.exchange import Exchange, Said
from tests.conformance.replay import Replay
from tests.conformance.vendors import DESCRIBED, UNDESCRIBED, Described
from tests.conformance.verdict import Court

pytestmark = pytest.mark.skipif(not SPECS.is_dir(), reason=MISSING)
DOCUMENTS = [one for found in DESCRIBED.values() for one in found]
VENDORS = [name for name in DESCRIBED if name in MODULES]


@pytest.mark.parametrize("vendor", VENDORS)
async def test_what_is_said_to_a_vendor_is_as_it_describes_it(
    vendor: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    exchanges = await Replay(tmp_path).of(vendor)

    verdict = Court(vendor).verdict(exchanges)

    record_property("held", verdict.line())
    assert exchanges
    assert not verdict.problems, f"\n{verdict.report()}"


def test_what_no_document_knows_is_a_problem_and_what_one_forbids_too() -> None:
    said = Said({"content-type": "application/json"}, b'{"oops": 1}')
    strange = Exchange("GET", "/fly/v1/apps/a/secret-plans", (), Said({}, b""), 200, said)
    wrong = Exchange("GET", "/fly/v1/apps/a/machines", (("colour", "red"),), Said({}, b""), 200, said)

    problems = Court("fly").verdict([strange, wrong, wrong]).problems

    assert problems == {
        "GET /fly/v1/apps/a/secret-plans is not described": 1,
        "GET /apps/{app_name}/machines request: query colour is not described": 2,
        "GET /apps/{app_name}/machines answer: $: dict is not of type 'array', 'null'": 2,
    }


def test_what_is_said_where_nothing_is_described_is_only_counted() -> None:
    said = Said({"content-type": "application/json"}, b'{"oops": 1}')

    verdict = Court("github").verdict([Exchange("POST", "/github/graphql", (), said, 200, said)])

    assert (verdict.messages, verdict.problems) == (0, {})
    assert "2 more not described" in verdict.line()


def test_every_part_is_described_or_says_why_it_is_not() -> None:
    assert [name for name in MODULES if name not in {*DESCRIBED, *UNDESCRIBED}] == []
    assert DESCRIBED.keys().isdisjoint(UNDESCRIBED)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.document)
def test_every_description_can_be_read_whole(document: Described) -> None:
    operations = [route.operation for route in getattr(document.read(document.document), "routes", ())]

    schemas = [
        (operation.asked, schema)
        for operation in operations
        for body in (operation.body, *operation.answers.values())
        for schema in (body.media.values() if body else ())
    ]

    assert operations or document.document.startswith("fly-graphql")
    for shapes, schema in schemas:
        shapes.problems(schema or {}, [{}])
