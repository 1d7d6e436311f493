"""What can be wrong in a world, as a table in Markdown."""

from collections.abc import Iterator

from sandbox.causes import KINDS
from sandbox.causes.cause import Cause


def rows() -> Iterator[str]:
    """A line for each kind of cause, by name."""
    yield "| cause | what is so | what can be said of it |"
    yield "|---|---|---|"
    for name, kind in sorted(KINDS.items()):
        yield f"| `{name}` | {_says(kind)} | {_facts(kind)} |"


def _says(kind: type[Cause]) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split()).replace("|", "\\|")


def _facts(kind: type[Cause]) -> str:
    return ", ".join(f"`{field.alias or name}`" for name, field in kind.model_fields.items())


if __name__ == "__main__":
    print("\n".join(rows()))
