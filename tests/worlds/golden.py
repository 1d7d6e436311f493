"""What people are told in a world, as it stands in `golden/`: questions, hand-overs, last words.

    PYTHONPATH=. .venv/bin/python -m tests.worlds.golden [WORLD]...

writes it anew, of all worlds that the tests play or of those that are named: read the difference then.
"""

import asyncio
import difflib
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from sandbox.inbox import Letter
from stanch.cli.worlds import theatre
from stanch.cli.worlds.played_world import PlayedWorld
from stanch.model.message import Message
from tests.worlds.chosen import chosen

PAGES = Path(__file__).parent / "golden"
HEADINGS = {
    "approval": "Asked",
    "by-hand": "To do by hand",
    "hand-over": "Handed over",
    "closed": "Closed",
}
"""The kinds of messages that are held."""
EACH_TIME = re.compile(
    r"(?i:INC)-\d{8}-\w{6}"  # the incident's number
    r"|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00:00)?"  # instants
    r"|\b\d\d:\d\d(:\d\d)?\b"
    r"|\b\d+ (?:h|min|s)(?: \d+ (?:min|s))*(?= from |\))"  # how long something has lasted
    r"|\b(?=[0-9a-f]*\d)[0-9a-f]{12,}\b"  # digests, fingerprints
    r"|\b\d+(?= worker \(|: application )"  # a session of a real server
    r"|(?<=deployment-)[0-9A-Z]{26}"  # an image
    r"|(?<=oldest of )\d+"
    r"|(?<=127\.0\.0\.1:)\d+"
    r"|\bpi_\w+(?:, pi_\w+)*"  # payments
)
"""What is another each time that the same is played; in the pages it is `#`."""
MEASURED = "Seen: "
"""How a line begins that says what was measured: it is in the page to be read, and is not compared."""
WHY, WHY_THIS = "Why: ", "Why this: "
"""How the lines begin that say why: what was measured stands behind a colon, or in brackets."""
NUMBER = re.compile(r"\d[\d.]*")
LESSON = """{path} says otherwise:

{difference}

Read it as somebody who has just been woken. If it is meant to be so: python -m tests.worlds.golden {world}"""


def page(world: PlayedWorld, inbox: Sequence[Letter]) -> str:
    """The messages of the kinds that are held, each once, in order."""
    head = f"# {world.name}, {world.written.scenario}: {world.written.says}\n"
    return "\n".join((head, *dict.fromkeys(_sections(inbox))))


def _sections(inbox: Sequence[Letter]) -> Iterator[str]:
    for letter in inbox:
        if not (isinstance(letter.body, dict) and letter.body.get("kind") in HEADINGS):
            continue
        message = Message.model_validate(letter.body)
        if message.kind == "by-hand" and "Stanch waits" not in message.text:
            continue  # a rung of the ladder, whose turn comes by the clock
        text = EACH_TIME.sub("#", message.text)
        yield f"## {HEADINGS[message.kind]}: {message.headline}\n\n```text\n{text}\n```\n"


def held(told: str) -> list[str]:
    """The lines of a page that are compared."""
    compared = (line for line in told.splitlines() if line and not line.startswith(MEASURED))
    return [_reason(line) for line in compared]


def _reason(line: str) -> str:
    """A line without what was measured."""
    if line.startswith(WHY_THIS):
        return line.partition(" (")[0]
    if line.startswith(WHY):
        return NUMBER.sub("#", WHY + line.removeprefix(WHY).partition(": ")[0])
    return line


def lesson(world: str, written: str, found: str) -> str:
    """What is otherwise, line by line, and what to do."""
    lines = difflib.unified_diff(held(written), held(found), "written", "found", lineterm="")
    path = PAGES.relative_to(Path(__file__).parents[2]) / f"{world}.md"
    return LESSON.format(path=path, world=world, difference="\n".join(lines))


async def write(names: Sequence[str]) -> None:
    """Play these, and write anew whatever says otherwise."""
    PAGES.mkdir(exist_ok=True)
    async with theatre.opened() as stage:
        for world in chosen():
            if names and world.name not in names:
                continue
            await stage.play(world)
            path, told = PAGES / f"{world.name}.md", page(world, stage.sandbox.inbox)
            as_before = path.exists() and held(path.read_text()) == held(told)
            print(world.name, "as before" if as_before else "written")  # noqa: T201 - a command
            if not as_before:
                path.write_text(told)


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1:]))
