"""`stanch test`: what the playbook does in each of its worlds, on a real Temporal whose time is skipped."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from stanch.cli.arguments import Config, Json
from stanch.cli.failures import ExitCode
from stanch.cli.screen import Screen
from stanch.cli.worlds import company
from stanch.cli.worlds.chosen_worlds import by_chance, changed, chosen, sampled, scenarios_of
from stanch.cli.worlds.conditions_met import undecided
from stanch.cli.worlds.performance import Performance
from stanch.cli.worlds.reckoning import Reckoning, reckoned
from stanch.cli.worlds.trials import ScenarioTrials, Trial

_SHOWN = 12
"""Lines of a timeline that are shown of what failed."""
_WIDEST = 18


def play_worlds(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WORLD | SCENARIO | PLAYBOOK]...",
            help="Which worlds. Left out: those beside stanch.yaml, or of every shipped playbook.",
            show_default=False,
        ),
    ] = None,
    config: Config = Path("stanch.yaml"),
    conditions: Annotated[
        bool, typer.Option("--conditions", help="Change each condition and reading: does any world notice?")
    ] = False,
    random: Annotated[
        int, typer.Option(help="So many worlds more of each playbook, made by chance from these.", min=0)
    ] = 0,
    sample: Annotated[
        int, typer.Option(help="With --conditions: only so many of the changes, by chance.", min=0)
    ] = 0,
    seed: Annotated[int, typer.Option(help="What chance goes by.")] = 1,
    jobs: Annotated[int, typer.Option(help="So many at once.", min=1)] = os.cpu_count() or 1,
    as_json: Json = False,
) -> None:
    """Play a playbook in its worlds: an alert, and vendors in which something is really wrong.

    A world says what is wrong and how it has to end; worlds.yaml beside the playbook holds them. Vendors are
    the sandbox's, Temporal is real, and time is skipped: nothing outside is touched.

    Example: stanch test slurpy-1a
    """
    worlds, screen = chosen(config, names or []), Screen()
    if conditions:
        every = changed(worlds, config)
        asked = sampled(every, sample, seed) if sample else every
        raise typer.Exit(_changed(screen, asked, jobs, as_json=as_json))
    if random:
        worlds = list(by_chance(worlds, random, seed))
    done: list[Performance] = []
    for one in company.performed(worlds, jobs):
        done.append(one)
        if not as_json:
            _say(screen, one)
    # Worlds by chance show what may happen, and are no proof of anything that is written.
    unproved = [] if random else list(undecided(scenarios_of(config, worlds), done))
    raise typer.Exit(_summed(screen, done, unproved, as_json=as_json))


def _say(screen: Screen, one: Performance) -> None:
    mark = "ok" if not one.failures else "FAILS"
    changes = ", ".join(f"{each['change']}" for each in one.facts.get("changes", ()))  # type: ignore[attr-defined]
    end = f"{changes}: {one.facts.get('end', '')}" if changes else str(one.facts.get("end", ""))
    screen.rows([(one.world, mark, f"{end} ({one.seconds:.1f} s)")], indent=0, least=_WIDEST)
    if one.again_because and not one.failures:
        screen.line(f"    at the second time; at the first: {'; '.join(one.again_because)}", "yellow")
    for failure in one.failures:
        screen.line(f"    {failure}", "red")
    if one.failures:
        for line in one.timeline[-_SHOWN:]:
            screen.line(f"      {line}", "dim")


def _summed(screen: Screen, done: Sequence[Performance], open_ones: Sequence[str], *, as_json: bool) -> int:
    failed = [one.world for one in done if one.failures]
    if as_json:
        screen.document({"worlds": [_document(one) for one in done], "undecided": list(open_ones)})
        return ExitCode.REFUSED if failed else ExitCode.OK
    screen.line()
    if open_ones:
        screen.line("Conditions that these worlds do not decide:", "bold")
        for line in open_ones:
            screen.line(f"  {line}")
        screen.line()
    screen.line(
        f"{len(done)} worlds, {len(failed)} not as expected{': ' if failed else ''}{', '.join(failed)}"
    )
    return ExitCode.REFUSED if failed else ExitCode.OK


def _document(one: Performance) -> dict[str, object]:
    return {
        "world": one.world,
        "scenario": one.scenario,
        "failures": list(one.failures),
        "first_failures": list(one.again_because),
        "seconds": round(one.seconds, 2),
        **one.facts,
    }


def _changed(screen: Screen, asked: Sequence[ScenarioTrials], jobs: int, *, as_json: bool) -> int:
    """What may be changed in the playbooks without any world noticing."""
    trials: list[Trial] = []
    for found in company.tried(asked, jobs):
        trials += found
        if not as_json:
            noticed = sum(bool(trial.noticed_by) for trial in found)
            where = f"{found[0].mutation.playbook}, {found[0].mutation.scenario}"
            screen.line(f"{where}: {noticed} of {len(found)} changes noticed", "dim")
    reckoning = reckoned(trials)
    if as_json:
        screen.document(reckoning.document)
    else:
        _say_reckoning(screen, reckoning)
    return ExitCode.OK if not reckoning.to_mend else ExitCode.REFUSED


def _say_reckoning(screen: Screen, reckoning: Reckoning) -> None:
    unexplained = tuple((mutation, "") for mutation in reckoning.unexplained)
    for heading, found in (
        ("No world notices it, as worlds.yaml explains:", reckoning.explained),
        ("No world notices it; write one that does, or say why under .unnoticed:", unexplained),
        ("A world notices it; take it out of .unnoticed:", reckoning.outdated),
        ("Nothing can be said of it:", reckoning.in_doubt),
    ):
        if found:
            screen.heading(heading)
        for mutation, because in found:
            screen.line(f"  {mutation.says}")
            screen.block(because, indent=4) if because else None
    screen.line()
    screen.line(
        f"{reckoning.tried} changes of conditions and readings, {len(reckoning.explained)} explained, "
        f"{reckoning.to_mend} to be mended"
    )
