"""What a probe says is cleaned before it is cut, and stays one line."""

from typing import Any

from activities.open_questions import counted, form_of, found_by
from stanch.model.change import Target
from stanch.secrets import Redactor

TARGET = Target(provider="fly", name="shop")
SECRET = "correct-horse-battery-staple"


async def said(text: str) -> str:
    async def probe(*_: Any) -> str:
        return text

    return await found_by(probe, None, TARGET, Redactor([SECRET]))


async def test_a_long_answer_is_cut_and_no_half_of_a_secret_is_left() -> None:
    found = await said("x" * 490 + SECRET + "y" * 100)

    assert len(found) <= 500
    assert "correct" not in found


async def test_an_answer_is_one_line() -> None:
    assert await said("two\n\tlines") == "two lines"


def test_words_are_counted_the_most_frequent_first() -> None:
    assert counted(["stopped", "started", "started"]) == "2 started, 1 stopped"
    assert counted([]) == "none"


def test_a_form_tells_nothing_of_what_is_written_there() -> None:
    forms = [form_of(value) for value in (None, True, 3, "abc", "", {"a": 1}, [1, 2])]

    assert forms == ["null", "true", "number", "text", "empty text", "1 fields", "list of 2"]
