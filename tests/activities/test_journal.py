"""The journal keeps every run's entry, writes nowhere else, and says what keeps it from writing."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.journal import Journal
from stanch.errors import Rejected, Unavailable
from stanch.model.alert import Severity
from stanch.model.incident import IncidentState
from stanch.model.record import IncidentRecord

AT = datetime(2026, 11, 21, 3, 12, tzinfo=UTC)
NUMBER = "INC-20261121-7K3QXM"


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def close(folder: Path, number: str = NUMBER, run: str = "first", **state: Any) -> Path:
    around = ActivityEnvironment()
    journal: Any = Journal(folder, None)  # type: ignore[arg-type]
    remembered = IncidentState(number=number, opened_at=AT, **state)
    record = IncidentRecord(workflow_id="w", state=remembered, closed_at=AT, run_id=run)
    document = await around.run(journal.close, record)
    return Path(document.path)


async def test_a_run_that_closes_again_writes_the_same_files_again(tmp_path: Path) -> None:
    await close(tmp_path)

    page = await close(tmp_path, acknowledged_by="ana")

    assert names_in(tmp_path) == [f"{NUMBER}.json", f"{NUMBER}.md"]
    assert "ana" in page.read_text()


@pytest.mark.parametrize(("label", "said"), [("SEV-1", "SEV-1 (critical)"), ("", "critical")])
async def test_a_severity_is_said_by_the_teams_own_word_first(tmp_path: Path, label: str, said: str) -> None:
    page = await close(tmp_path, label=label, severity=Severity.CRITICAL)

    assert f"| Severity | {said} |" in page.read_text()


async def test_a_workflow_that_was_reset_leaves_the_former_entry_as_it_was(tmp_path: Path) -> None:
    first = await close(tmp_path, acknowledged_by="ana")
    before = first.read_text()

    second = await close(tmp_path, run="second")

    assert first.read_text() == before
    assert second.name == f"{NUMBER}-run-2.md"
    assert f"Closed before by | {NUMBER}" in second.read_text()
    assert json.loads(second.with_suffix(".json").read_text())["run_id"] == "second"


@pytest.mark.parametrize("number", ["../../../escaped", "/etc/escaped", "INC-1/../../x", "", "INC-\n"])
async def test_a_number_that_is_none_is_written_nowhere(tmp_path: Path, number: str) -> None:
    folder = tmp_path / "a" / "b" / "c"

    with pytest.raises(Rejected, match="no incident's number"):
        await close(folder, number)

    assert names_in(tmp_path) == []


async def test_a_folder_that_cannot_be_written_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file where the folder should be")

    with pytest.raises(Unavailable, match=r"cannot be written to .*/journal \(.*\): make room there"):
        await close(tmp_path / "journal")


async def test_a_full_disk_is_named_and_leaves_no_half_a_file(tmp_path: Path) -> None:
    (tmp_path / f"{NUMBER}.md").mkdir()

    with pytest.raises(Unavailable, match="make room there"):
        await close(tmp_path)

    assert not any("draft" in name for name in names_in(tmp_path))
