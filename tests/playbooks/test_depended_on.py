"""What a service depends on is a status page that somebody knows."""

from collections.abc import Callable

import pytest

from stanch.errors import ConfigError
from stanch.playbooks.book import Book

HEALTH = "    health: [https://api.slurpy.example/healthz]\n"


def test_a_vendor_s_page_and_the_team_s_own_may_be_depended_on(
    book_of: Callable[..., Book], usual: str, team: str
) -> None:
    own = "status_pages: {in-house: {url: https://status.shop.example}}\n"

    book = book_of(usual, team.replace(HEALTH, f"{HEALTH}    depends_on: [clerk, in-house]\n") + own)

    assert book.context.services["backend"].depends_on == ("clerk", "in-house")


def test_a_page_that_nobody_knows_is_refused(book_of: Callable[..., Book], usual: str, team: str) -> None:
    with pytest.raises(
        ConfigError,
        match=r"services.backend.depends_on\[1\]: there is no status page clrek. Did you mean clerk\?",
    ):
        book_of(usual, team.replace(HEALTH, f"{HEALTH}    depends_on: [stripe, clrek]\n"))
