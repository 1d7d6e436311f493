"""Closed incidents and their post-mortems, kept as files beyond Temporal's retention."""

import asyncio
import os
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from temporalio import activity
from temporalio.client import Client

from stanch.model.incident import Document, Record, RunRef
from stanch.policy import telling


class Journal:
    """One folder: `INC-….md` to read, `INC-….json` to count."""

    def __init__(self, folder: Path, client: Client) -> None:
        self._folder = folder
        self._client = client
        pages = Environment(
            loader=PackageLoader("activities", "templates"),
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701 - Markdown for people, not HTML for a browser
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        pages.globals.update(telling=telling)
        self._page = pages.get_template("post_mortem.md")

    @activity.defn(name="journal.close")
    async def close(self, record: Record) -> Document:
        """Write both files whole or not at all; written again, they are the same."""
        return await asyncio.to_thread(self._write, record)

    def _write(self, record: Record) -> Document:
        self._folder.mkdir(parents=True, exist_ok=True)
        page = self._folder / f"{record.state.number}.md"
        _replace(self._folder / f"{record.state.number}.json", record.model_dump_json(indent=1))
        _replace(page, self._page.render(record=record, state=record.state, pinned=record.state.pinned))
        return Document(path=str(page))

    @activity.defn(name="journal.episodes")
    async def episodes(self, run: RunRef) -> list[str]:
        """The alert episodes that a closed run had taken care of; none while it is open."""
        handle = self._client.get_workflow_handle(run.workflow_id, first_execution_run_id=None)
        described = await self._client.get_workflow_handle(handle.id, run_id=run.run_id).describe()
        return list(await described.memo_value("episodes", []))


def _replace(path: Path, text: str) -> None:
    draft = path.with_suffix(f"{path.suffix}.{os.getpid()}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
