"""What `stanch providers` says of a verb's times."""

import json

from typer.testing import CliRunner

from stanch.cli.app import app


def verbs() -> dict[str, dict[str, str]]:
    said = CliRunner().invoke(app, ["providers", "--json"])
    return {row["verb"]: row for row in json.loads(said.output)["verbs"]}


def test_each_verb_is_listed_with_its_times_and_how_late_reads_may_be() -> None:
    found = verbs()

    assert all(row["time"] and row["limits of the vendor"] for row in found.values())
    assert found["cloudflare.set_flag"]["reads may lag"] == "2 min"


def test_it_says_which_changes_everybody_has_within_a_minute() -> None:
    found = verbs()

    assert (found["vercel.set_edge_config"]["instant"], found["vercel.set_config"]["instant"]) == (
        "yes",
        "no",
    )
