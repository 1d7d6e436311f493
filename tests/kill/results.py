"""What became of each round, kept in a file that git ignores, so that a long run goes on where it ended."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".stanch" / "kills.jsonl"
_TRIED = ("stanch", "workflows", "activities", "workers", "tests/kill", "tests/support")
PASSED = "passed"
SKIPPED = "skipped"
FAILED = "failed"
GIVEN_UP = "given up"


@dataclass(frozen=True)
class Result:
    """One round."""

    tree: str
    seed: int
    trouble: str
    moment: float
    seconds: float
    ended: str
    hit: bool = False


def tree() -> str:
    """A name of the code that is tried, whatever of it is committed."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in _TRIED for path in (ROOT / folder).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def kept(of: str, file: Path = KEPT) -> list[Result]:
    """The last result of each seed for this tree."""
    lines = file.read_text().splitlines() if file.exists() else []
    results = [Result(**json.loads(line)) for line in lines]
    return list({result.seed: result for result in results if result.tree == of}.values())


def keep(result: Result, file: Path = KEPT) -> None:
    """One line more."""
    file.parent.mkdir(mode=0o700, exist_ok=True)
    with file.open("a") as lines:
        lines.write(json.dumps(asdict(result)) + "\n")


def ending(error: BaseException) -> str:
    """How a round ended that did not pass, on one line."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, pytest.skip.Exception):
        return f"{SKIPPED}: {error.msg}"
    if not isinstance(error, Exception):
        return GIVEN_UP
    said = " / ".join(str(error).splitlines()[:14])
    return f"{FAILED}: {type(error).__name__} {said}".rstrip()


def summary(results: Iterable[Result]) -> list[str]:
    """A line for each trouble: how many rounds, failed, struck in the window, and how long they took."""
    by_trouble: dict[str, list[Result]] = {}
    for result in results:
        by_trouble.setdefault(result.trouble, []).append(result)
    lines = [f"{'trouble':10}{'rounds':>8}{'failed':>8}{'hit':>6}{'seconds (median, most)':>26}"]
    for trouble, found in by_trouble.items():
        seconds = [result.seconds for result in found]
        failed = sum(result.ended.startswith(FAILED) for result in found)
        times = f"{median(seconds):.1f}, {max(seconds):.1f}"
        lines.append(f"{trouble:10}{len(found):8}{failed:8}{sum(one.hit for one in found):6}{times:>26}")
    return lines
