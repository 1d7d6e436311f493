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


def test_one_verb_is_shown_with_its_arguments_and_an_example() -> None:
    said = CliRunner().invoke(app, ["providers", "fly.scale"], env={"COLUMNS": "80"})

    text = " ".join(said.output.split())
    assert "example {uses: fly.scale, with: {count: 2}}" in text
    assert "count whole number or +1" in text


def test_machines_get_the_arguments_and_facts_of_all_of_a_provider() -> None:
    found = json.loads(CliRunner().invoke(app, ["providers", "fly", "--json"]).output)

    assert {entry["kind"] for entry in found} == {"verb", "reading"}
    assert all(entry["name"].startswith("fly.") and entry["example"] for entry in found)


def test_a_misspelt_name_is_refused_with_the_nearest() -> None:
    said = CliRunner().invoke(app, ["providers", "fly.scael"])

    assert (said.exit_code, "Did you mean fly.scale?" in said.stderr) == (2, True)


def test_each_common_reading_is_listed_with_what_its_vendor_leaves_out() -> None:
    said = CliRunner().invoke(app, ["providers", "--json"])
    readings = {row["reading"]: row for row in json.loads(said.output)["readings"]}

    assert readings["fly.releases"]["leaves out"] == "commit, newest_commit, held"
    assert readings["netlify.releases"]["leaves out"] == ""


def test_the_matrix_tells_which_vendor_has_which_common_reading() -> None:
    said = CliRunner().invoke(app, ["providers", "--json"])
    rows = {row["provider"]: row for row in json.loads(said.output)["providers"]}

    assert (rows["heroku"]["release_output"], rows["vercel"]["release_output"]) == ("yes", "none")
    assert (rows["postgres"]["status"], rows["aws"]["secrets"]) == ("yes", "yes")
