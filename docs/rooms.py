"""How many rooms the product has, and how many of them one incident walks through, as a Markdown table.

The incident is one that a person approves: `INCIDENT`, on a real Temporal server with skipped time, with the
sandbox in the vendors' place. A file counts as walked through when a function of it ran between the alert and
the end of the test; what runs only because a module is imported does not count.
With `--files` it is these files that are listed, each with its lines.
"""

import contextlib
import inspect
import io
import re
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from types import FrameType

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = ("stanch", "workflows", "activities", "workers")
"""Without the sandbox, which stands in for the vendors."""
INCIDENT = "tests/incidents/test_life.py::test_an_approved_plan_is_carried_out_and_says_who_approved"
FEW = 40
_FUNCTION = re.compile(r"^ *(?:async )?def ", re.MULTILINE)


class Walk:
    """A plugin of pytest that notes whose functions run in a test, in every thread, from its alert on."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self._notes = False
        threading.setprofile(self._called)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, None, None]:
        """What came before made the world, and what comes after takes it down."""
        sys.setprofile(self._called)
        try:
            yield
        finally:
            sys.setprofile(None)
            self._notes = False

    def _called(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event != "call" or code.co_filename in self.files:
            return
        self._notes = self._notes or code.co_qualname == "Stage.open"
        if self._notes and code.co_filename.startswith(str(ROOT)) and _acts(frame):
            self.files.add(code.co_filename)


def _acts(frame: FrameType | None) -> bool:
    """False of a class's body, and of whatever is called while a module is being imported."""
    if frame is not None and not frame.f_code.co_flags & inspect.CO_OPTIMIZED:
        return False
    while frame is not None and frame.f_code.co_name != "<module>":
        frame = frame.f_back
    return frame is None or frame.f_globals["__name__"] in ("__main__", "pytest.__main__")


def walked() -> list[Path]:
    """Every file of the product that the incident walks through."""
    walk, said = Walk(), io.StringIO()
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(said):
        failed = pytest.main(["-q", "-p", "no:cacheprovider", INCIDENT], plugins=[walk])
    if failed:
        sys.exit(f"the incident failed, so nothing was measured:\n{said.getvalue()}")
    return [path for package in PRODUCT for path in files(package) if str(path) in walk.files]


def files(package: str) -> list[Path]:
    """Every module of a package that has a line."""
    return [path for path in sorted((ROOT / package).rglob("*.py")) if path.stat().st_size]


def table(through: list[Path]) -> str:
    """A row for each package, and one for all of them."""
    rows = [(package, files(package)) for package in PRODUCT]
    rows.append(("all", [path for _, found in rows for path in found]))
    head = f"| package | lines | functions | files | under {FEW} lines | walked through |"
    return "\n".join(
        [head, "|---|---|---|---|---|---|", *(_row(name, found, through) for name, found in rows)]
    )


def _row(name: str, found: list[Path], through: list[Path]) -> str:
    texts = [path.read_text() for path in found]
    lines = [len(text.splitlines()) for text in texts]
    functions = sum(len(_FUNCTION.findall(text)) for text in texts)
    few = sum(each < FEW for each in lines)
    return (
        f"| {name} | {sum(lines)} | {functions} | {len(found)} | {few} | {len(set(found) & set(through))} |"
    )


if __name__ == "__main__":
    seen = walked()
    if "--files" in sys.argv[1:]:
        for each in seen:
            print(f"{len(each.read_text().splitlines()):4} {each.relative_to(ROOT)}")
    else:
        print(table(seen))
