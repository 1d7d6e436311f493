"""What an outside system costs in lines, from the smallest to the largest, as a Markdown table."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
SHOWN = ("uptimerobot", "netlify", "fly", "aws")
_STEP = 100
"""To the hundred, so that the table changes with its meaning and not with every edit."""


def table() -> str:
    """One row for each of `SHOWN`."""
    rows = [
        f"| `{name}` | {_lines('activities', name)} | {_lines('sandbox', name)} |"
        f" {_lines('tests/activities', name)} |"
        for name in SHOWN
    ]
    return "\n".join(["| lines of | module | stand-in | tests |", "|---|---|---|---|", *rows])


def _lines(folder: str, name: str) -> int:
    where = ROOT / folder / name
    files = [*where.rglob("*.py"), *where.parent.glob(f"{name}.py")]
    lines = sum(len(path.read_text().splitlines()) for path in files)
    return round(lines / _STEP) * _STEP


if __name__ == "__main__":
    print(table())
