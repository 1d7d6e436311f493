"""`stanch version`."""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from platform import python_version

import typer


def version() -> None:
    """Says which Stanch this is.

    Example: stanch version
    """
    try:
        number = installed("stanch")
    except PackageNotFoundError:
        number = "(not installed)"
    typer.echo(f"stanch {number}, Python {python_version()}")
