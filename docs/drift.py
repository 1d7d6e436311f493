"""The parts of the documentation that Stanch writes itself, kept as Stanch would write them today.

Between `<!-- stanch providers --markdown -->` and `<!-- end -->` stands what that command prints.
`python docs/drift.py` writes all such parts anew; with `--check` it only says which have drifted.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PART = re.compile(r"(?P<begin><!-- stanch (?P<command>[^\n]+?) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)


def main() -> int:
    """The exit code: 1 when something drifted and only a look was asked for."""
    drifted = [page for page in pages() if page.read_text() != rewritten(page)]
    if "--check" in sys.argv[1:]:
        for page in drifted:
            print(
                f"{page.relative_to(ROOT)} no longer says what stanch says: run `make docs`", file=sys.stderr
            )
        return 1 if drifted else 0
    for page in drifted:
        page.write_text(rewritten(page))
        print(f"{page.relative_to(ROOT)} written anew")
    return 0


def pages() -> list[Path]:
    """Every page of the documentation, the README first."""
    return [*ROOT.glob("README.md"), *sorted((ROOT / "docs").rglob("*.md"))]


def rewritten(page: Path) -> str:
    """The page with every generated part as its command prints it now."""
    return PART.sub(
        lambda part: f"{part['begin']}{printed(part['command'])}\n{part['end']}", page.read_text()
    )


def printed(command: str) -> str:
    """What the command prints."""
    words = [sys.executable, "-m", "stanch.cli", *command.split()]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  # our own
    if done.returncode != 0:
        sys.exit(
            f"`stanch {command}`, which writes a part of the documentation, failed: {done.stderr.strip()}"
        )
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
