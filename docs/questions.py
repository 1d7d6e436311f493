"""What only a real account can settle, by vendor, as tables in Markdown."""

from collections.abc import Iterator

from activities.integration import Integration
from activities.registry import integrations


def sections() -> Iterator[str]:
    """A section for each vendor of which something is open."""
    for integration in integrations():
        if integration.questions:
            yield "\n".join(_section(integration))


def _section(integration: Integration) -> Iterator[str]:
    yield f"## {integration.name}\n"
    yield "| asked | inferred meanwhile | settled by |"
    yield "|---|---|---|"
    for question in integration.questions:
        cells = (question.asks, question.inferred, _command(question.settled_by(integration.name)))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _command(text: str) -> str:
    """In Markdown's type of commands, unless it is a sentence."""
    return text if text[0].isupper() else f"`{text}`"


if __name__ == "__main__":
    print("\n\n".join(sections()))
