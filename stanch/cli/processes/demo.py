"""`stanch demo`: something is wrong in the sandbox, and what Stanch does about it is told as it happens."""

from pathlib import Path
from typing import Annotated

import typer

from stanch.cli.arguments import Config


def demo(
    world: Annotated[
        str,
        typer.Argument(
            help="A world beside stanch.yaml or of a shipped playbook, such as gitquest-1; "
            "left out: a bad release.",
            show_default=False,
        ),
    ] = "",
    config: Config = Path("stanch.yaml"),
    data: Annotated[Path, typer.Option(help="Where its data goes.")] = Path(".stanch/demo"),
    yes: Annotated[bool, typer.Option("--yes", help="Approve without asking.")] = False,
) -> None:
    """Break a service in the sandbox and watch Stanch repair it.

    Example: stanch demo gitquest-1 --yes
    """
    from stanch.cli.processes.demo_story import play
    from stanch.cli.processes.parts import run

    raise typer.Exit(run(play(world, config, data, yes=yes)))
