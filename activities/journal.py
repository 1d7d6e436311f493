"""Closed incidents and their post-mortems, kept as files beyond Temporal's retention."""

import asyncio
import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from pydantic import ValidationError
from temporalio import activity
from temporalio.client import Client

from activities import whole_files
from stanch.errors import Rejected, Unavailable
from stanch.model.notice import Left, RunRef
from stanch.model.record import DocumentPath, IncidentRecord
from stanch.plain import markdown
from stanch.policy import change_text, telling

_NUMBER = re.compile(r"INC-[0-9A-Z-]{1,60}")
_MOST_RUNS = 100
"""Of one incident: a workflow that is reset more often than that is no accident."""


class Journal:
    """One folder: `INC-….md` to read, `INC-….json` to count."""

    def __init__(self, folder: Path, client: Client) -> None:
        self._folder = folder
        self._client = client

    @activity.defn(name="journal.close")
    async def close(self, record: IncidentRecord) -> DocumentPath:
        """Write both files whole or not at all; written again, they are the same.

        Another run of the same incident, such as that of a workflow that was reset, gets names of its own.
        """
        return await asyncio.to_thread(self._write, record)

    def _write(self, record: IncidentRecord) -> DocumentPath:
        number = record.state.number
        if not _NUMBER.fullmatch(number):
            raise Rejected(
                "journal", "what is to be written down has no incident's number: nothing is written"
            )
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            name, others = self._name_for(record)
            page = self._folder / f"{name}.md"
            text = _post_mortem().render(
                record=record, state=record.state, pinned=record.state.pinned, others=others
            )
            whole_files.replace(self._folder / f"{name}.json", record.model_dump_json(indent=1))
            whole_files.replace(page, text)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise Unavailable(
                "journal",
                f"{number} cannot be written to {self._folder} ({why}): make room there, or let the user that"
                " runs the worker write to it; it is tried again",
            ) from error
        return DocumentPath(path=str(page))

    def _name_for(self, record: IncidentRecord) -> tuple[str, list[str]]:
        """The first name that is free or this run's own already, and those that other runs have."""
        others: list[str] = []
        for count in range(1, _MOST_RUNS):
            name = record.state.number if count == 1 else f"{record.state.number}-run-{count}"
            if self._is_free_for(name, record):
                return name, others
            others.append(name)
        raise Rejected("journal", f"{record.state.number} has been closed by {_MOST_RUNS} runs already")

    def _is_free_for(self, name: str, record: IncidentRecord) -> bool:
        path = self._folder / f"{name}.json"
        if not path.exists():
            return True
        try:
            kept = IncidentRecord.model_validate_json(path.read_bytes())
        except ValidationError:
            return False  # of another version, or half of a file: it is not ours to overwrite
        return kept.run_id == record.run_id

    @activity.defn(name="journal.left")
    async def left(self, run: RunRef) -> Left:
        """What a closed run left to those that come after it; nothing while it is open."""
        handle = self._client.get_workflow_handle(run.workflow_id, first_execution_run_id=None)
        described = await self._client.get_workflow_handle(handle.id, run_id=run.run_id).describe()
        return Left.model_validate(await described.memo_value("left", {}))


def _plain(value: Any) -> Any:
    """Whatever the page shows is text in it, and no line, cell, heading or link of its own."""
    return markdown(value) if isinstance(value, str) else value


@cache
def _post_mortem() -> Template:
    """The page, compiled once."""
    pages = Environment(
        loader=PackageLoader("activities", "templates"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown for people; `finalize` makes every text in it plain
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    pages.globals.update(telling=telling, change_text=change_text)
    return pages.get_template("post_mortem.md")
