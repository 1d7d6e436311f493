"""No value that somebody wrote into a query is ever shown."""

import pytest

from activities.postgres.sessions import SHOWN, normalised

SHOWN_AS = {
    "SELECT * FROM users WHERE email = 'ana@shop.example' AND id = 42": (
        "SELECT * FROM users WHERE email = ? AND id = ?"
    ),
    "ALTER ROLE app PASSWORD 'swordfish'": "ALTER ROLE app PASSWORD ?",
    "SELECT 'it''s swordfish' || E'x' || U&'d' || $$swordfish$$ || $tag$swordfish $$ $tag$": (
        "SELECT ? || ? || ? || ? || ?"
    ),
    "SELECT 1 /* user=swordfish */ -- swordfish\n FROM t": "SELECT ? FROM t",
    "SELECT 'cut off at the 1024th character swordf": "SELECT ?",
    "SELECT 1 /* cut off swordf": "SELECT ?",
    "SELECT $$cut off swordf": "SELECT ?",
    "SET app.api_key = swordfish": "SET app.api_key = ?",
    "set session authorization_token to swordfish": "set session authorization_token to ?",
    "SELECT * FROM t WHERE id IN (1, 2, 'swordfish', 4)": "SELECT * FROM t WHERE id IN (?)",
    'SELECT t1.c2, "Order 7" FROM t1 WHERE x = -1.5e10 AND y = $1': (
        'SELECT t1.c2, "Order 7" FROM t1 WHERE x = ? AND y = $1'
    ),
    r"SELECT 'a\' , 'swordfish'": "SELECT ?",
    r"SELECT 1, 'it\'s swordfish'": "SELECT ?, ?",
    "SELECT\n\t2": "SELECT ?",
}


@pytest.mark.parametrize(("query", "shown"), SHOWN_AS.items())
def test_a_query_is_shown_without_its_values(query: str, shown: str) -> None:
    said = normalised(query)

    assert said == shown
    assert "swordf" not in said


def test_a_long_query_is_cut_after_its_values_are_gone() -> None:
    query = f"SELECT {'x' * (SHOWN - 10)}, 'swordfish'"

    said = normalised(query)

    assert len(said) == SHOWN
    assert "sword" not in said
