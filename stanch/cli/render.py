"""`stanch render`: a playbook as a runbook that a person follows by hand."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from stanch.cli.arguments import Config, Json
from stanch.cli.local import book_of
from stanch.cli.screen import Screen
from stanch.playbooks.runbook.outline import markdown
from stanch.playbooks.runbook.whole_playbook import runbooks


def render(
    playbook: Annotated[
        str, typer.Argument(metavar="PLAYBOOK", help="Its name; left out: every one.", show_default=False)
    ] = "",
    config: Config = Path("stanch.yaml"),
    as_json: Json = False,
) -> None:
    """Write a playbook as a Markdown runbook, from the files alone.

    Nothing outside is asked, so commands stand only where no plan has to be made for them.

    Example: stanch render slurpy > runbook.md
    """
    found = runbooks(book_of(config), playbook, lambda _: ())
    if as_json:
        return Screen().document({"runbooks": [asdict(one) for one in found]})
    return typer.echo("\n\n".join(map(markdown, found)))
