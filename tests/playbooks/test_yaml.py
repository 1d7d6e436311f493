from pathlib import Path

import pytest

from stanch.playbooks.problems import Problem
from stanch.playbooks.yaml_source import LARGEST_FILE, YamlSource, parse_yaml, read_yaml
from stanch.playbooks.yaml_values import SourceLocation


def parsed(text: str) -> YamlSource:
    found: list[Problem] = []
    source = parse_yaml(text.encode(), "a.yaml", found)
    assert source is not None, found
    return source


def refused(data: bytes | str) -> str:
    found: list[Problem] = []
    assert parse_yaml(data.encode() if isinstance(data, str) else data, "a.yaml", found) is None
    return "\n".join(map(str, found))


def test_every_value_knows_its_line_and_column() -> None:
    source = parsed("a:\n  b: 1\n  c:\n    - x\n    - {d: 2}\n")

    assert source.location_of(("a", "b")) == SourceLocation(2, 3)
    assert source.location_of(("a", "c", 1)) == SourceLocation(5, 7)
    assert source.location_of(("a", "c", 1, "d")) == SourceLocation(5, 8)


def test_a_key_that_is_not_written_stands_where_it_would_be_written() -> None:
    assert parsed("a:\n  b: {c: 1}\n").location_of(("a", "b", "missing")) == SourceLocation(2, 3)


def test_a_list_of_one_written_without_its_list_is_found_all_the_same() -> None:
    assert parsed("verify:\n  uses: x\n").location_of(("verify", 0, "uses")) == SourceLocation(2, 3)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("off", "off"),
        ("no", "no"),
        ("true", True),
        ("2026-11-21", "2026-11-21"),
        ("12:30", "12:30"),
        ("0123", "0123"),
        ("12e5", "12e5"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        (".inf", ".inf"),
        ("-7", -7),
        ("0.25", 0.25),
        ("'5'", "5"),
        ("~", None),
        ("9" * 30, "9" * 30),
        ("30s", "30s"),
        ("<<", "<<"),
    ],
)
def test_a_plain_word_is_a_number_or_a_bool_only_where_nothing_is_lost(text: str, value: object) -> None:
    read = parsed(f"a: {text}").value["a"]

    assert (type(read), read) == (type(value), value)


def test_anchors_and_merges_bring_what_they_name_and_what_is_written_here_wins() -> None:
    source = parsed("a: &usual {x: 1, y: 2}\nb:\n  <<: *usual\n  y: 3\nc: *usual\n")

    assert source.value["b"] == {"x": 1, "y": 3}
    assert source.value["c"] == {"x": 1, "y": 2}


def test_of_several_merges_the_first_wins() -> None:
    assert parsed("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b]}").value["c"] == {"x": 1, "y": 2}


def test_a_key_written_twice_is_refused_with_both_lines() -> None:
    assert refused("a: 1\nb: 2\na: 3\n") == "a.yaml:3: a is written twice, first in line 1. Remove one"


def test_every_repeated_key_is_named() -> None:
    assert refused("a: {x: 1, x: 2}\nb: 1\nb: 1\n").count("is written twice") == 2


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a:\n\tb: 1", 2, "Indent with spaces"),
        ("a: *nope", 1, "this alias has no anchor"),
        ("a: 1\n---\nb: 2", 2, "Write one document"),
        ("a: b: c", 1, "in quotes"),
        ("a: %x", 1, "in quotes"),
        ("a: [1, 2", 1, "bracket"),
        ('a: "x', 1, "Close the quotes"),
        ("a:\n  b: 1\n c: 2", 3, "indentation"),
        ("a: !!python/object:os.system x", 1, "tag"),
        ("a: !secret x", 1, "tag"),
        ("a: x\x07y", 1, "U+0007"),
        ('a: "\\0"', 1, "no text can hold"),
        ("a: 1\n? [1, 2]\n: 3", 2, "a key is a plain word"),
        ("a: {<<: [1]}", 1, "<<: takes an alias"),
        ("", 0, "the file is empty"),
        ("# nothing\n", 0, "the file is empty"),
    ],
)
def test_what_is_not_yaml_is_refused_with_its_line_and_a_way_out(text: str, line: int, words: str) -> None:
    said = refused(text)

    assert said.startswith(f"a.yaml:{line}: " if line else "a.yaml: ")
    assert words in said


def test_an_error_never_quotes_the_line_it_is_about() -> None:
    assert "sk_live" not in refused("token: sk_live_1\n  key: 'sk_live_2\nb: *sk_live_3")
    assert "sk_live" not in refused("token: *sk_live_3")
    assert "sk_live" not in refused("token: !sk_live_3 x")
    assert "sk_live" not in refused("a: &sk_live_3 x\nb: &sk_live_3 y")


def test_aliases_that_multiply_are_bounded() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]

    assert "aliases repeat too much" in refused("\n".join(rows))


def test_aliases_of_one_long_text_are_bounded() -> None:
    rows = ["a: &a " + "x" * 500_000, *(f"b{n}: *a" for n in range(100))]

    assert "aliases repeat too much" in refused("\n".join(rows))


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: &a {b: *a}", "a: &a {<<: *a}", "&a {x: {<<: *a}}"])
def test_an_alias_that_contains_itself_is_refused(text: str) -> None:
    assert "contains itself" in refused(text)


@pytest.mark.parametrize("text", ["[" * 50_000, "- " * 50_000 + "x", "{a: " * 5_000])
def test_deep_nesting_is_refused(text: str) -> None:
    assert "levels deep" in refused(text)


def test_many_values_are_refused() -> None:
    assert "too many values" in refused("a: [" + "1," * 100_000 + "]")


def test_a_file_larger_than_a_mebibyte_is_refused() -> None:
    assert refused(b"a" * (LARGEST_FILE + 1)) == (
        "a.yaml: the file is larger than 1 MiB. Split it into several playbooks"
    )


def test_what_is_not_utf_8_is_refused_with_its_line() -> None:
    assert refused(b"a: 1\nb: \xff") == "a.yaml:2: this is no UTF-8 text. Save the file as UTF-8"


def test_a_byte_order_mark_is_no_matter() -> None:
    assert parsed("\ufeffa: 1").value == {"a": 1}


def test_a_folder_in_the_place_of_a_file_is_said_to_be_one(tmp_path: Path) -> None:
    found: list[Problem] = []

    assert read_yaml(tmp_path, "", found) is None

    assert "is no file, but a folder" in str(found[0])
