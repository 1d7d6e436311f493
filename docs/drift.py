"""The parts of the documentation that Stanch writes itself, kept as Stanch would write them today.

Between `<!-- stanch providers --markdown -->` and `<!-- end -->` stands what that command prints, and so
between `<!-- python docs/lines.py -->` and its end.
The JSON Schemas of `stanch.yaml` and of playbooks stand whole in `docs/schemas`.
`python docs/drift.py` writes all of it anew; with `--check` it only says what has drifted.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXPORT = (
    "import pathlib, sys; from activities.registry import catalogue;"
    " from stanch.playbooks.json_schema import export; export(pathlib.Path(sys.argv[1]), catalogue())"
)
PART = re.compile(
    r"(?P<begin><!-- (?P<command>(?:stanch|python) [^\n]+?) -->\n).*?(?P<end><!-- end -->)", re.DOTALL
)


def main() -> int:
    """The exit code: 1 when something drifted and only a look was asked for."""
    drifted = {path: text for path, text in generated() if not path.exists() or path.read_text() != text}
    if "--check" in sys.argv[1:]:
        for path in drifted:
            print(
                f"{path.relative_to(ROOT)} no longer says what stanch says: run `make docs`", file=sys.stderr
            )
        return 1 if drifted else 0
    for path, text in drifted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(f"{path.relative_to(ROOT)} written anew")
    return 0


def generated() -> Iterator[tuple[Path, str]]:
    """Every file that Stanch has a part in, with what should stand in it."""
    for page in pages():
        yield page, rewritten(page)
    with tempfile.TemporaryDirectory() as folder:
        run([sys.executable, "-c", EXPORT, folder], "Writing the JSON Schemas")
        for exported in sorted(Path(folder).iterdir()):
            yield ROOT / "docs" / "schemas" / exported.name, exported.read_text()


def pages() -> list[Path]:
    """Every page of the documentation, those at the top first."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def rewritten(page: Path) -> str:
    """The page with every generated part as its command prints it now."""
    return PART.sub(
        lambda part: f"{part['begin']}{printed(part['command'])}\n{part['end']}", page.read_text()
    )


def printed(command: str) -> str:
    """What the command prints."""
    program, *words = command.split()
    ours = ["-m", "stanch.cli"] if program == "stanch" else []
    what = f"`{command}`, which writes a part of the documentation,"
    return run([sys.executable, *ours, *words], what).strip()


def run(words: list[str], what: str) -> str:
    """What one of our own programs prints; nothing is written when it fails."""
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  # our own
    if done.returncode != 0:
        sys.exit(f"{what} failed: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
