"""The traps of CEL, first shown on the raw library: an upgrade that mends or moves one is noticed."""

import pickle
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest
from cel_expr_python import cel
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.policy.conditions import (
    ConditionError,
    Evaluation,
    Expression,
    MissingFact,
    Truth,
    ValueType,
    compile_condition,
    compile_expression,
    evaluate,
    names_of,
    names_used,
)
from stanch.policy.templates import compile_template, render, render_all, texts_in

T = ValueType
VARIABLES = {
    "release.age": T.DURATION,
    "release.known": T.BOOL,
    "release.number": T.INT,
    "release.at": T.TIMESTAMP,
    "vendor.known": T.BOOL,
    "machines.count": T.INT,
    "machines.memory_used": T.DOUBLE,
    "alert.name": T.STRING,
    "alert.labels": T.MAP,
    "regions": T.LIST,
    "blob": T.ANY,
}
KNOWN = names_of(VARIABLES)
RAW = cel.NewEnv(
    variables={
        "release.age": cel.Type.DURATION,
        "release.known": cel.Type.BOOL,
        "number": cel.Type.INT,
        "share": cel.Type.DOUBLE,
        "name": cel.Type.STRING,
        "labels": cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
        "blob": cel.Type.DYN,
        "at": cel.Type.TIMESTAMP,
    }
)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def raw(text: str, **facts: object) -> object:
    return RAW.compile(text).eval(data={name.replace("__", "."): value for name, value in facts.items()})


def verdict(text: str, facts: dict[str, object] | None = None) -> Truth:
    return evaluate(text, KNOWN, facts or {}).truth


def refused(text: str) -> ConditionError:
    with pytest.raises(ConditionError) as caught:
        compile_condition(text, KNOWN)
    return caught.value


# The library as it is, without us.


def test_raw_missing_evidence_is_a_truthy_text_of_type_error() -> None:
    value = raw("release.known")

    assert value.type().name() == "ERROR"
    assert value.plain_value() == 'UNKNOWN: No value with name "release.known" found in Activation'


def test_raw_has_on_a_dotted_variable_compiles_to_the_variable_itself() -> None:
    assert RAW.compile("has(release.age)").return_type() == cel.Type.DURATION
    assert raw("has(release.known)", release__known=False).plain_value() is False


@pytest.mark.parametrize(
    "text",
    [
        'duration("30 minutes") < release.age',
        'duration("1d") < release.age',
        "duration(30) < release.age",
        'at > timestamp("2026-01-01")',
        'int("x") == 1',
        'double("x") == 1.0',
        'name.matches("[")',
    ],
)
def test_raw_bad_literals_compile(text: str) -> None:
    assert RAW.compile(text).return_type() == cel.Type.BOOL


@pytest.mark.parametrize("text", ["share > 1", "number > 1.5", "share == number", "share + 1 > 1.0"])
def test_raw_int_and_double_do_not_compare(text: str) -> None:
    with pytest.raises(RuntimeError, match="no matching overload"):
        RAW.compile(text)


def test_raw_a_text_is_cut_at_nul() -> None:
    assert raw("name == 'rm'", name="rm\0 -rf").plain_value() is True


def test_raw_a_bool_passes_for_an_int() -> None:
    assert raw("number == 1", number=True).plain_value() is True


def test_raw_an_instant_without_a_zone_passes_for_utc() -> None:
    assert raw("at", at=NOON.replace(tzinfo=None)).plain_value() == NOON


def test_raw_a_lone_surrogate_raises_instead_of_answering() -> None:
    with pytest.raises(RuntimeError, match="construction from null"):
        raw("name", name="\ud800")


def test_raw_an_error_shows_the_value_of_a_fact() -> None:
    assert "hunter2" in str(raw("labels[name]", labels={}, name="hunter2").plain_value())


def test_raw_the_order_of_a_map_differs_between_processes() -> None:
    program = (
        "from cel_expr_python import cel\n"
        "env = cel.NewEnv(variables={'m': cel.Type.Map(cel.Type.STRING, cel.Type.DYN)})\n"
        "print(env.compile('m.map(k, k)').eval(data={'m': {str(n): n for n in range(12)}}).plain_value())"
    )

    orders = {subprocess.check_output([sys.executable, "-c", program]) for _ in range(4)}

    assert len(orders) > 1


def test_raw_a_date_inside_an_any_is_not_read() -> None:
    assert raw("blob", blob=NOON).type().name() == "ERROR"


# Conditions, while loading.


def test_a_condition_names_the_variables_it_rests_on() -> None:
    condition = compile_condition(
        'alert.labels.region == "release.age" && release.age < duration("2h")', KNOWN
    )

    assert isinstance(condition, Expression)
    assert condition.names == ("alert.labels", "release.age")
    assert condition.gives is T.BOOL


def test_a_variable_in_parentheses_or_over_two_lines_is_still_found() -> None:
    assert evaluate("(release).\n  known", KNOWN, {"release.known": True})


def test_a_misspelt_name_is_refused_with_place_and_nearest_name() -> None:
    error = refused('vendor.known &&\n  relese.age < duration("2h")')

    assert (error.line, error.column) == (2, 3)
    assert error.reason == "relese.age is not known"
    assert "release.age" in error.suggestion


def test_the_error_reads_as_a_paragraph_with_a_caret_under_the_fault() -> None:
    paragraph, shown, caret = str(refused('\talert.name == "é" && vendr.known')).split("\n")

    assert paragraph.startswith(
        "line 1, column 23: vendr.known is not known. Suggestion: did you mean vendor.known"
    )
    assert shown[caret.index("^") :] == "vendr.known"


@pytest.mark.parametrize("text", ["release", "release.zzzzzz", "release . zzzzzz"])
def test_when_only_the_evidence_is_known_its_fields_are_listed(text: str) -> None:
    assert "release has age, at, known, number" in refused(text).suggestion


def test_when_nothing_is_near_what_is_known_is_listed() -> None:
    assert refused("qqqq").suggestion == "known are alert, blob, machines, regions, release, vendor"
    with pytest.raises(ConditionError, match="nothing is known here"):
        compile_condition("qqqq", names_of({}))


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("release.age", "duration"),
        ("machines.count + 1", "int"),
        ("alert.labels.ok", "any"),
        ("regions", "list"),
    ],
)
def test_what_is_not_a_bool_is_refused_and_says_what_it_is(text: str, gives: str) -> None:
    error = refused(text)

    assert error.reason == f"this gives {gives}, wanted bool"
    assert "compare it" in error.suggestion


@pytest.mark.parametrize("text", ["null", "1u", "b'x'", "int"])
def test_types_that_no_fact_has_are_refused(text: str) -> None:
    assert "no fact or argument" in refused(text).reason


@pytest.mark.parametrize("tested", ["release.age", "release.known", "release.number"])
def test_has_on_evidence_is_refused_and_known_is_offered(tested: str) -> None:
    error = refused(f"vendor.known && has({tested})")

    assert error.column == 17
    assert error.suggestion == "write release.known"


def test_has_without_a_known_beside_it_and_of_a_misspelt_name_are_refused() -> None:
    assert "never true" in refused("has(alert.labels)").suggestion
    assert "not known" in refused("has(release.agee)").reason


@pytest.mark.parametrize(
    ("text", "column", "suggestion"),
    [
        ('release.age < duration("30 minutes")', 15, "30m"),
        ("release.age < duration( '1d' )", 15, "24h"),
        ("release.age > duration(30)", 15, "30m"),
        ('release.at > timestamp("2026-01-01")', 14, "2026-11-21T07:30:00Z"),
        ('machines.count > int("many")', 18, ""),
        ('machines.memory_used > double("many")', 24, ""),
        ('alert.name.matches("[")', 20, "RE2"),
    ],
)
def test_literals_without_a_value_are_refused_at_their_place(text: str, column: int, suggestion: str) -> None:
    error = refused(text)

    assert error.column == column
    assert "has no value" in error.reason
    assert suggestion in error.suggestion


@pytest.mark.parametrize(
    "text",
    [
        'release.age < duration("1h30m")',
        'release.at > timestamp("2026-01-01T00:00:00+01:00")',
        "alert.name == 'duration(\"30 minutes\")'",
        'alert.name == "has(release.age)" // has(release.age)',
        'alert.name.matches("^Site.*")',
        "machines.count > int('3')",
        "regions.map(r, r + '!') == []",
        "alert.labels.exists(k, k == 'x')",
    ],
)
def test_what_is_right_or_stands_in_a_text_is_not_refused(text: str) -> None:
    assert compile_condition(text, KNOWN).text == text


@pytest.mark.parametrize(
    "text", ["machines.memory_used > 1", "machines.count > 1.5", "machines.memory_used == machines.count"]
)
def test_int_against_double_says_how_to_write_it(text: str) -> None:
    error = refused(text)

    assert "does not take" in error.reason
    assert "2.0" in error.suggestion


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("release.age > 1800", 'duration("30m")'),
        ("release.age > 30m", 'duration("30m")'),
        ("release.age > '30m'", 'duration("30m")'),
        ("release.at > '2026-01-01'", "timestamp("),
        ("release.at > duration('1h')", "difference"),
        ("release.age * 2 > duration('1h')", "product"),
        ("release.known and vendor.known", "&&"),
        ("release.known = true", "=="),
        ("release.known & vendor.known", "&&"),
        ("release.known == null", "x.known"),
        ("release.known && release.age", "conditions"),
        ("machines.count == '2'", "int(x)"),
        ("alert.name.contain('x')", "contains"),
        ("contains(alert.name, 'x')", "x.contains("),
        ("bogus()", "startsWith"),
        ("release.known &&", "not finished"),
        ("", "not finished"),
        ("(" * 40 + "true" + ")" * 40, "two options"),
        ("1" + " + 1" * 40 + " > 0", "two options"),
    ],
)
def test_common_mistakes_get_a_way_out(text: str, suggestion: str) -> None:
    assert suggestion in refused(text).suggestion


def test_a_field_of_what_has_none_says_what_it_is() -> None:
    assert refused("release.age.hours > 1").reason == "a duration has no fields"


@pytest.mark.parametrize("loop", ["map(k, k)", "filter(k, k != 'a')"])
@pytest.mark.parametrize("owner", ["alert.labels", "alert.labels.hosts", "blob"])
def test_the_order_of_a_map_is_not_asked_for(owner: str, loop: str) -> None:
    assert "no fixed order" in refused(f"{owner}.{loop} == []").reason


def test_a_text_that_cel_would_cut_short_is_refused() -> None:
    assert refused("true\0 && false").column == 5


def test_an_error_survives_pickling() -> None:
    error = refused("release")

    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 - our own bytes


# Conditions, at three in the morning.


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ('release.age < duration("2h")', {"release.age": timedelta(hours=1)}, Truth.TRUE),
        ('release.age < duration("2h")', {"release.age": timedelta(hours=3)}, Truth.FALSE),
        ('release.age < duration("2h")', {}, Truth.UNDECIDABLE),
        ('release.age < duration("2h")', {"release.age": None}, Truth.UNDECIDABLE),
        ("!release.known", {}, Truth.UNDECIDABLE),
        ("release.known ? true : true", {}, Truth.UNDECIDABLE),
        ("release.known == release.known", {}, Truth.UNDECIDABLE),
        ('alert.labels["x"] == "1"', {"alert.labels": {"x": "1"}}, Truth.TRUE),
        ('alert.labels.x == "1"', {"alert.labels": {"x": "1"}}, Truth.TRUE),
        ('alert.labels.x != "1"', {"alert.labels": {}}, Truth.UNDECIDABLE),
        ("has(alert.labels.x)", {"alert.labels": {}}, Truth.FALSE),
        ("has(alert.labels.x)", {}, Truth.UNDECIDABLE),
        ("alert.labels.x > 2", {"alert.labels": {"x": "3"}}, Truth.UNDECIDABLE),
        ("blob.a.b == 1", {"blob": {"a": {"b": 1}}}, Truth.TRUE),
        ("blob.a.b == 1", {"blob": 3}, Truth.UNDECIDABLE),
        ('regions[0] == "fra"', {"regions": []}, Truth.UNDECIDABLE),
        ('regions.exists(r, r == "fra")', {"regions": ["ams", "fra"]}, Truth.TRUE),
        ("10 / machines.count > 1", {"machines.count": 0}, Truth.UNDECIDABLE),
        ("machines.count + 1 > 0", {"machines.count": 2**63 - 1}, Truth.UNDECIDABLE),
        ("alert.name.matches(alert.name)", {"alert.name": "["}, Truth.UNDECIDABLE),
    ],
)
def test_a_condition_is_true_false_or_undecidable(
    text: str, facts: dict[str, object], expected: Truth
) -> None:
    assert verdict(text, facts) is expected


def test_an_undecidable_outcome_is_never_truthy_and_names_what_is_missing() -> None:
    found = evaluate("release.known && machines.count > 1", KNOWN, {})

    assert not found
    assert found.missing == ("machines.count", "release.known")
    assert found.because == "machines.count is missing; release.known is missing"


def test_only_what_the_condition_names_is_called_missing() -> None:
    assert evaluate("vendor.known", KNOWN, {}).missing == ("vendor.known",)


def test_true_and_false_have_no_because() -> None:
    assert evaluate("release.known", KNOWN, {"release.known": True}) == Evaluation(Truth.TRUE)


def test_a_missing_key_is_named() -> None:
    assert '"zone"' in evaluate("alert.labels.zone == ''", KNOWN, {"alert.labels": {}}).because


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("alert.labels[alert.name] == 1", {"alert.labels": {}, "alert.name": "hunter2"}),
        ("alert.name.matches(alert.name)", {"alert.name": "[hunter2"}),
        ("machines.count > 1", {"machines.count": "hunter2"}),
        ("alert.labels.x > 1", {"alert.labels": {"x": "hunter2"}}),
        ("alert.labels.x > 1", {"alert.labels": {"x": {"hunter2"}}}),
        ("int(alert.name) > 1", {"alert.name": "hunter2"}),
    ],
)
def test_because_never_shows_the_value_of_a_fact(text: str, facts: dict[str, object]) -> None:
    found = evaluate(text, KNOWN, facts)

    assert found.truth is Truth.UNDECIDABLE
    assert found.because
    assert "hunter2" not in found.because


# Booleans of three values, as CEL and Kleene have them.

_ATOMS = {
    "release.known": "release.known",
    "vendor.known": "vendor.known",
    "release.number > 1": "release.number",
}
_LOGIC = st.recursive(
    st.sampled_from(sorted(_ATOMS)).map(lambda atom: ("atom", atom)),
    lambda inside: st.one_of(
        st.tuples(st.just("not"), inside),
        st.tuples(st.sampled_from(["and", "or"]), inside, inside),
    ),
    max_leaves=6,
)


def written(tree: tuple) -> str:
    match tree:
        case ("atom", text):
            return f"({text})"
        case ("not", inside):
            return f"!({written(inside)})"
        case (word, left, right):
            return f"({written(left)} {'&&' if word == 'and' else '||'} {written(right)})"
    raise AssertionError(tree)


def kleene(tree: tuple, facts: dict[str, object]) -> bool | None:
    match tree:
        case ("atom", text):
            value = facts.get(_ATOMS[text])
            return value > 1 if isinstance(value, int) and not isinstance(value, bool) else value
        case ("not", inside):
            value = kleene(inside, facts)
            return None if value is None else not value
        case (word, left, right):
            sides = {kleene(left, facts), kleene(right, facts)}
            decides = word == "or"
            return decides if decides in sides else None if None in sides else not decides
    raise AssertionError(tree)


@settings(max_examples=150)
@given(
    _LOGIC,
    st.fixed_dictionaries(
        {},
        optional={
            "release.known": st.booleans(),
            "vendor.known": st.booleans(),
            "release.number": st.sampled_from([0, 2]),
        },
    ),
)
def test_missing_facts_follow_three_valued_logic(tree: tuple, facts: dict[str, object]) -> None:
    expected = {True: Truth.TRUE, False: Truth.FALSE, None: Truth.UNDECIDABLE}[kleene(tree, facts)]

    assert verdict(written(tree), facts) is expected


@pytest.mark.parametrize("wrong", [None, "yes", 1])
def test_short_circuit_needs_neither_missing_nor_wrong_facts(wrong: object) -> None:
    facts = {"release.known": wrong}

    assert verdict("false && release.known", facts) is Truth.FALSE
    assert verdict("release.known && false", facts) is Truth.FALSE
    assert verdict("true || release.known", facts) is Truth.TRUE


# Facts of the wrong kind.


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("machines.memory_used", "machines.memory_used == 2.0", 2),
        ("machines.count", "machines.count == 2", 2.0),
        ("alert.name", "alert.name == 'a'", StrEnum("E", {"A": "a"})("a")),
        ("machines.count", f"machines.count == {2**63 - 1}", 2**63 - 1),
        ("release.at", "release.at == timestamp('2026-11-21T12:00:00Z')", NOON),
    ],
)
def test_facts_are_read_as_declared_when_that_is_exact(name: str, text: str, value: object) -> None:
    assert evaluate(text, KNOWN, {name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("machines.count", 2.5),
        ("machines.count", True),
        ("machines.count", float("inf")),
        ("machines.count", 2**63),
        ("machines.count", "2"),
        ("machines.memory_used", 2**53 + 1),
        ("machines.memory_used", 10**400),
        ("machines.memory_used", float("nan")),
        ("machines.memory_used", False),
        ("release.known", 1),
        ("release.age", 30),
        ("release.age", timedelta.max),
        ("release.at", NOON.replace(tzinfo=None)),
        ("release.at", datetime.max.replace(tzinfo=UTC)),
        ("alert.name", "\ud800"),
        ("alert.name", "a\0b"),
        ("alert.name", b"a"),
        ("alert.labels", []),
        ("alert.labels", {1: "x"}),
        ("alert.labels", {"x": NOON}),
        ("alert.labels", {"x": "a\0b"}),
        ("regions", {}),
        ("regions", [object()]),
        ("blob", object()),
        ("blob", NOON),
    ],
)
def test_a_fact_that_is_not_what_was_declared_is_undecidable_with_a_reason(name: str, value: object) -> None:
    found = evaluate(f"{name} == {name}", KNOWN, {name: value})

    assert found.truth is Truth.UNDECIDABLE
    assert found.because


def test_a_fact_nested_without_end_is_undecidable() -> None:
    endless: list[object] = []
    endless.append(endless)

    assert verdict("size(regions) == 1", {"regions": endless}) is Truth.UNDECIDABLE


_JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.datetimes()
    | st.timedeltas(),
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.text() | st.integers(), inside, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=200)
@given(st.sampled_from(sorted(VARIABLES)), _JUNK)
def test_no_fact_whatever_crashes_a_condition(name: str, junk: object) -> None:
    same = evaluate(f"{name} == {name}", KNOWN, {name: junk})
    other = evaluate(f"!({name} == {name})", KNOWN, {name: junk})

    assert (same.truth, other.truth) in {
        (Truth.TRUE, Truth.FALSE),
        (Truth.UNDECIDABLE, Truth.UNDECIDABLE),
    }


# Names.


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("release.age < duration('1h') && vendor.known", {"release.age", "vendor.known"}),
        ("s == 'a.b' || s == \"c.d\" || s == '''e.f'''", {"s"}),
        ("has(a.b) // c.d", {"a.b"}),
        ("xs.exists(i, i.z == 1.0e5)", {"xs"}),
        ("s == '.map(x,' && x.y", {"s", "x.y"}),
        ("a.b.startsWith('p.q') && size(c.d) > 0", {"a.b", "c.d"}),
        ("w['k.l'].v == true", {"w"}),
        ("a .\n b in c", {"a.b", "c"}),
    ],
)
def test_names_used_are_the_dotted_names_outside_texts(text: str, names: set[str]) -> None:
    assert names_used(text) == names


@given(st.text(alphabet="abc. \"'\\/${}", max_size=20))
def test_a_text_literal_never_adds_a_name(content: str) -> None:
    literal = '"' + content.replace("\\", "\\\\").replace('"', '\\"') + '"'

    assert names_used(f"alert.name == {literal} && z.y") == {"alert.name", "z.y"}


# Known names.


def test_equal_variables_share_their_known_names_which_cannot_be_changed() -> None:
    known = names_of(VARIABLES)  # what was known at import may have been pushed out by what came since
    again = names_of({name: str(kind) for name, kind in reversed(VARIABLES.items())})

    assert again is known
    with pytest.raises(TypeError):
        again.variables["x"] = T.INT


@pytest.mark.parametrize(
    "name", ["", "my-check.x", "in.x", "true", "a b", "1a", ".a", "a..b", "loop.x", "int", "a" * 128]
)
def test_a_name_that_cel_cannot_say_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a fact"):
        names_of({"a": T.INT, "b": T.INT, name: T.INT})


@given(st.from_regex(r"[a-z_]{1,3}(\.[a-z_]{1,3}){0,2}", fullmatch=True))
def test_every_name_that_is_accepted_can_be_said(name: str) -> None:
    try:
        known = names_of({name: T.BOOL})
    except ValueError:
        return

    assert evaluate(f"!{name}", known, {name: False})


@pytest.mark.parametrize("word", ["in", "true", "null", "loop", "as", "if", "int", "map", "type", "bool"])
def test_words_of_cel_are_names_of_fields_or_of_nothing(word: str) -> None:
    with pytest.raises(ValueError, match="cannot name a fact"):
        names_of({word: T.INT})


# Templates.

FACTS = {
    "machines.count": 3,
    "machines.memory_used": 0.5,
    "alert.name": "SiteDown",
    "alert.labels": {"n": 4, "text": "4", "nothing": None, "deep": {"b": 1, "a": 2}},
    "release.known": True,
    "release.age": timedelta(minutes=5),
    "regions": ["fra"],
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${machines.count + 2}", 5),
        ("${machines.memory_used}", 0.5),
        ("${release.age}", timedelta(minutes=5)),
        ("${release.known}", True),
        ("${regions}", ["fra"]),
        ("${alert.labels.n}", 4),
        ("n=${machines.count}", "n=3"),
        (" ${machines.count}", " 3"),
        ("${machines.count}${machines.count}", "33"),
        ("${alert.name}: ${release.known} ${machines.memory_used} ${2.0}", "SiteDown: true 0.5 2"),
        ("${string(release.age)} old", "300s old"),
        ("${'}'}!", "}!"),
        ("${{'a': {'b': 7}}['a']['b']}", 7),
        ("$${alert.name} costs $5 }", "${alert.name} costs $5 }"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_a_template_gives_a_typed_value_or_a_text(text: str, value: object) -> None:
    rendered = render(text, KNOWN, FACTS)

    assert rendered == value
    assert type(rendered) is type(value)


@pytest.mark.parametrize(
    ("text", "wanted", "suggestion"),
    [
        ("${machines.count}", T.DOUBLE, "write ${double(machines.count)}"),
        ("${machines.memory_used}", T.INT, "write ${int(machines.memory_used)}"),
        ("${release.age}", T.INT, "stands alone"),
        ("n=${machines.count}", T.INT, "stands alone"),
    ],
)
def test_a_template_that_cannot_give_what_is_wanted_is_refused(
    text: str, wanted: ValueType, suggestion: str
) -> None:
    with pytest.raises(ConditionError) as caught:
        compile_template(text, KNOWN, wanted)

    assert f"wanted {wanted}" in caught.value.reason
    assert suggestion in caught.value.suggestion


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("x ${relese.age}", 1, 5),
        ("x\ny ${vendor.known} ${relese.age}", 2, 21),
        ("age ${release.age}", 1, 5),
        ("x ${machines.count", 1, 3),
        ("x ${}", 1, 5),
        ("x ${1 +} ${2}", 1, 8),
    ],
)
def test_an_error_in_a_template_stands_at_its_place_in_the_whole_text(
    text: str, line: int, column: int
) -> None:
    with pytest.raises(ConditionError) as caught:
        compile_template(text, KNOWN)

    assert (caught.value.text, caught.value.line, caught.value.column) == (text, line, column)


def test_a_literal_is_left_to_the_verb_whatever_is_wanted() -> None:
    assert compile_template("30m", KNOWN, T.DURATION).parts == ("30m",)


def test_a_value_of_a_map_is_checked_when_it_is_read() -> None:
    assert compile_template("${alert.labels.text}", KNOWN, T.INT).gives is T.ANY
    assert render("${alert.labels.n}", KNOWN, FACTS, T.DOUBLE) == 4.0
    with pytest.raises(MissingFact, match="must be a whole number"):
        render("${alert.labels.text}", KNOWN, FACTS, T.INT)


@pytest.mark.parametrize("text", ["${release.number}", "n is ${release.number + 1}"])
def test_a_missing_fact_stops_rendering_and_is_named(text: str) -> None:
    with pytest.raises(MissingFact) as caught:
        render(text, KNOWN, FACTS)

    assert caught.value.names == ("release.number",)


@pytest.mark.parametrize(
    "text",
    [
        "${alert.labels.nothing}",
        "a ${alert.labels.nothing}",
        "a ${alert.labels.deep}",
        "${0.0 / 0.0}",
        "a ${0.0 / 0.0}",
    ],
)
def test_null_nan_and_maps_inside_a_text_are_no_values(text: str) -> None:
    with pytest.raises(MissingFact):
        render(text, KNOWN, FACTS)


def test_values_are_rendered_however_deep_and_other_types_stay() -> None:
    values = {"count": "${machines.count}", "env": {"A": ["x-${alert.name}", 1, None]}, "on": True}

    rendered = render_all(values, KNOWN, FACTS)

    assert rendered == {"count": 3, "env": {"A": ["x-SiteDown", 1, None]}, "on": True}
    assert sorted(texts_in(values)) == ["${machines.count}", "x-${alert.name}"]


def test_maps_are_rendered_in_the_order_of_their_keys() -> None:
    rendered = render("${{'d': 1, 'b': {'z': 1, 'a': 2}, 'c': 3}}", KNOWN, {})

    assert list(rendered) == ["b", "c", "d"]
    assert list(rendered["b"]) == ["a", "z"]


@given(st.text(max_size=40))
def test_a_text_escaped_for_a_template_comes_back_whole(text: str) -> None:
    plain = text.replace("$", "")

    assert render(plain + "$${" + plain, KNOWN, {}) == plain + "${" + plain


# Speed: compiling takes a hundred times as long as evaluating.


def test_a_condition_is_compiled_once_however_often_it_is_evaluated() -> None:
    text = 'release.age < duration("2h") && release.known'
    facts = {"release.age": timedelta(hours=1), "release.known": True}
    assert evaluate(text, KNOWN, facts)
    before = compile_expression.cache_info().misses

    for _ in range(100):
        assert evaluate(text, KNOWN, facts)

    assert compile_expression.cache_info().misses == before
