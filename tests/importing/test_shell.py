import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.importing.shell import TypedCommand, inside, typed


def read(text: str) -> list[TypedCommand]:
    return list(typed(text.split("\n"), 1))


def words(text: str) -> tuple[str, ...]:
    (one,) = read(text)
    return one.words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fly logs --app api", ("fly", "logs", "--app", "api")),
        ('psql "$URL" -c "SELECT 1"', ("psql", "$URL", "-c", "SELECT 1")),
        ("grep 'a b' x.log", ("grep", "a b", "x.log")),
        (r"grep it\'s x.log", ("grep", "it's", "x.log")),
        (r'echo "a \"b\" c"', ("echo", 'a "b" c')),
        ("curl https://shop.example/#top", ("curl", "https://shop.example/#top")),
        (
            "fly machine restart <machine-id> --app api",
            ("fly", "machine", "restart", "<machine-id>", "--app", "api"),
        ),
        ("$ kubectl get pods", ("kubectl", "get", "pods")),
        ("sudo systemctl restart api", ("systemctl", "restart", "api")),
        ("fly logs > today.log 2>&1", ("fly", "logs")),
        ("fly logs # the newest", ("fly", "logs")),
        ("restart $(list --app a -q)", ("restart", "$(list --app a -q)")),
    ],
)
def test_a_line_is_read_as_a_shell_would(text: str, expected: tuple[str, ...]) -> None:
    assert words(text) == expected


def test_a_line_goes_on_behind_a_backslash_a_pipe_and_within_quotes() -> None:
    found = read('aws ecs update-service \\\n  --service api\nlogs |\n  grep x\npsql -c "\n  SELECT 1\n"\nls')

    assert [one.line for one in found] == [1, 3, 5, 8]
    assert found[0].text == "aws ecs update-service --service api"
    assert found[1].pipe == (("grep", "x"),)
    assert found[2].words == ("psql", "-c", "\n  SELECT 1\n")


def test_commands_of_one_line_are_each_by_themselves() -> None:
    found = read("git revert HEAD && git push; echo done || true")

    assert [one.words[0] for one in found] == ["git", "git", "echo", "true"]


def test_what_is_set_in_front_is_no_word() -> None:
    (one,) = read("A=1 B='x y' npm test")

    assert (one.words, one.sets) == (("npm", "test"), {"A": "1", "B": "x y"})


def test_a_comment_stands_beside_the_commands_below_it() -> None:
    found = read("# Look\nls\n\npwd\n#!/bin/bash")

    assert [(one.words, one.said) for one in found] == [(("ls",), "Look"), (("pwd",), "")]


def test_where_lines_have_prompts_the_others_are_answers() -> None:
    assert words("$ fly status\nNAME  STATE\napi   started") == ("fly", "status")


def test_what_stands_between_here_and_its_end_is_no_command() -> None:
    found = read("python3 << EOF\nimport os\nx = '\nEOF\nls")

    assert [(one.line, one.words) for one in found] == [(1, ("python3",)), (5, ("ls",))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('TOTAL=$(grep "x" logs/ | wc -l)', ("grep", "x", "logs/")),
        (
            'echo "API: $(curl -s https://shop.example/health | jq -r .ok)"',
            ("curl", "-s", "https://shop.example/health"),
        ),
        ('echo "$((1 + 2))"', None),
        ("fly machine restart $(fly machine list -q)", None),
        ('echo "$(date) $(hostname)"', None),
    ],
)
def test_what_is_only_shown_or_kept_is_the_command_inside(
    text: str, expected: tuple[str, ...] | None
) -> None:
    (one,) = read(text)

    found = inside(one)

    assert (found.words if found else None) == expected


def test_a_quote_that_is_never_closed_is_one_lines_mistake() -> None:
    found = read("echo don't\nfly status\nfly logs")

    assert [one.words for one in found] == [(), ("fly", "status"), ("fly", "logs")]


def test_a_word_that_is_given_as_input_is_no_document() -> None:
    found = read("psql <<< SELECT\nls")

    assert [one.words for one in found] == [("psql",), ("ls",)]


def test_what_no_shell_would_take_has_no_words_and_keeps_its_text() -> None:
    (one,) = read('don"t do that')

    assert (one.words, one.text) == ((), 'don"t do that')


@given(st.text(alphabet="ab $\"'\\|&;<>()#\n-=`{}", max_size=60))
def test_whatever_is_written_is_read_to_its_end(text: str) -> None:
    for one in read(text):
        assert 1 <= one.line <= text.count("\n") + 1
        inside(one)
