"""`stanch render`: a playbook as a runbook that a person follows by hand."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from activities.registry import integrations
from stanch.cli.arguments import Config, Json
from stanch.cli.local import book_of
from stanch.cli.screen import Screen
from stanch.model.playbook import PinnedStep
from stanch.playbooks.runbook.runbook_page import markdown
from stanch.playbooks.runbook.whole_playbook import runbooks
from stanch.policy.templates import texts_in


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
    found = runbooks(book_of(config), playbook, _typed)
    if as_json:
        return Screen().document({"runbooks": [asdict(one) for one in found]})
    return typer.echo("\n\n".join(map(markdown, found)))


def _typed(step: PinnedStep) -> Sequence[str]:
    """The commands of a step whose verb and arguments need nothing to be read first."""
    if any("${" in text for text in texts_in(step.arguments)):
        return ()
    verbs = (
        verb for integration in integrations([step.uses.partition(".")[0]]) for verb in integration.verbs
    )
    found = next((verb for verb in verbs if verb.spec.name == step.uses), None)
    return found.commands_without_plan(step.target, step.arguments) if found else ()
