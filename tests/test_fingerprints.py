"""Whatever asks something of Temporal, in the order of the source: a change there can wedge open incidents.

`python tests/test_fingerprints.py` writes `tests/histories/fingerprints.json` anew.
"""

import ast
import difflib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WRITTEN = ROOT / "tests" / "histories" / "fingerprints.json"
MODULES = sorted((ROOT / "workflows").rglob("*.py"))
COMMANDS = {
    "workflow": {
        "continue_as_new",
        "deprecate_patch",
        "execute_activity",
        "execute_activity_method",
        "execute_child_workflow",
        "execute_local_activity",
        "get_external_workflow_handle",
        "patched",
        "sleep",
        "start_activity",
        "start_child_workflow",
        "start_local_activity",
        "upsert_memo",
        "upsert_search_attributes",
    },
    "asyncio": {"sleep", "timeout", "timeout_at", "wait_for"},
}
LESSON = """
{module} now asks other things of Temporal, in another order, or goes to another phase than
tests/histories/fingerprints.json says:

{difference}

An incident that is open while this is deployed is replayed by the new code: where it asks for something else
than its history says, it is stuck until the old code is back. So:

1. Put the new way behind `if workflow.patched("what-changed"):` and keep the old way in the other branch. No
   need where no open incident can have come by: a branch that only new input takes, or code that only moved.
2. Record histories that go the new way: `python tests/histories/record.py`, with a new story in stories.py if
   none goes there. Never touch the folder of a version that is out.
3. `python tests/test_fingerprints.py` writes the fingerprints anew. Commit them with the change.
"""


def asynchronous(module: Path) -> set[str]:
    """The functions of a module that wait for something."""
    return {
        node.name for node in ast.parse(module.read_text()).body if isinstance(node, ast.AsyncFunctionDef)
    }


BLOCKS = ("body", "orelse", "finalbody")
ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)
CALLS = asynchronous(ROOT / "workflows" / "calls.py")
WAITS = asynchronous(ROOT / "workflows" / "patience.py")


def fingerprint(source: str) -> list[str]:
    """Every call that makes a command, with what it stands under, in the order of the source.

    So it is where a phase ends: which one is next decides on all that is asked from there on.
    """
    tree = ast.parse(source)
    return list(commands(tree, (), ends_of_phases(tree)))


def ends_of_phases(tree: ast.AST) -> set[ast.AST]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    phases = [one for one in functions if isinstance(one.returns, ast.Name) and one.returns.id == "Phase"]
    return {node for one in phases for node in ast.walk(one) if isinstance(node, ast.Return)}


def commands(node: ast.AST, under: tuple[str, ...], ends: set[ast.AST]) -> Iterator[str]:
    """A branch whose condition changes is another branch, as far as a history goes."""
    if isinstance(node, ast.Call):
        for said in command(node):
            yield " | ".join((*under, said))
    if isinstance(node, ast.Return) and node in ends and node.value:
        yield " | ".join((*under, f"next: {following(node.value)}"))
    for child in ast.iter_child_nodes(node):
        yield from commands(child, (*under, *guard(node, child), *passed(node, child)), ends)


def following(value: ast.expr) -> str:
    """The phase, or who says which it is; what people are told there may change as it likes."""
    match value:
        case ast.Await(call):
            return following(call)
        case ast.Call(function, given):
            phases = [said for said in map(ast.unparse, given) if said.startswith("Phase.")]
            return " ".join((ast.unparse(function), *phases))
    return ast.unparse(value)


def passed(node: ast.AST, child: ast.AST) -> tuple[str, ...]:
    """The early ends of the same block that were not taken."""
    blocks = [block for block in (getattr(node, name, None) for name in BLOCKS) if isinstance(block, list)]
    before = next((block[: block.index(child)] for block in blocks if child in block), [])
    return tuple(
        f"if not {ast.unparse(one.test)}"
        for one in before
        if isinstance(one, ast.If) and isinstance(one.body[-1], ENDS) and not one.orelse
    )


def guard(node: ast.AST, child: ast.AST) -> tuple[str, ...]:
    """What has to hold for a part of a statement to be reached."""
    match node:
        case ast.If(test) | ast.IfExp(test) if child is not test:
            says = child in (node.body if isinstance(node.body, list) else [node.body])
            return (f"{'if' if says else 'if not'} {ast.unparse(test)}",)
        case ast.While(test) if child is not test:
            return (f"while {ast.unparse(test)}",)
        case ast.match_case(pattern):
            return (f"case {ast.unparse(pattern)}",)
        case ast.ExceptHandler(ast.expr() as caught):
            return (f"except {ast.unparse(caught)}",)
        case ast.BoolOp(_, [first, *_]) if child is not first:
            return (f"after {ast.unparse(first)}",)
    return ()


def command(call: ast.Call) -> Iterator[str]:
    match call.func:
        case ast.Attribute(ast.Name("calls"), name) if name in CALLS:
            yield f"calls.{name}"
        case ast.Attribute(ast.Attribute(_, "outside"), name) if name in CALLS:
            yield f"outside.{name}"
        case ast.Attribute(ast.Name("patience"), name) if name in WAITS:
            yield f"patience.{name}"
        case ast.Attribute(ast.Name("workflow"), "wait_condition") if _has_an_end(call):
            yield "workflow.wait_condition with a timeout"
        case ast.Attribute(ast.Name(module), name) if name in COMMANDS.get(module, ()):
            yield f"{module}.{name}{_which(call, name)}"


def _has_an_end(call: ast.Call) -> bool:
    return any(keyword.arg == "timeout" for keyword in call.keywords)


def _which(call: ast.Call, name: str) -> str:
    """What is started, or what is patched."""
    is_told = name.startswith(("execute", "start")) or "patch" in name
    return f" {ast.unparse(call.args[0])}" if call.args and is_told else ""


def fingerprints() -> dict[str, list[str]]:
    found = {named(module): fingerprint(module.read_text()) for module in MODULES}
    return {name: commands for name, commands in found.items() if commands}


def named(module: Path) -> str:
    return str(module.relative_to(ROOT / "workflows"))


def lesson(module: str, written: list[str], found: list[str]) -> str:
    lines = difflib.ndiff(written, found)
    difference = "\n".join(f"    {line}" for line in lines if not line.startswith("?"))
    return LESSON.format(module=module, difference=difference)


@pytest.mark.parametrize("module", [named(module) for module in MODULES])
def test_what_a_workflow_asks_of_temporal_changes_only_on_purpose(module: str) -> None:
    written = json.loads(WRITTEN.read_text()).get(module, [])

    found = fingerprints().get(module, [])

    assert found == written, lesson(f"workflows/{module}", written, found)


def test_no_fingerprint_is_left_of_a_module_that_is_gone() -> None:
    assert json.loads(WRITTEN.read_text()).keys() == fingerprints().keys()


@pytest.mark.parametrize(
    ("source", "commands"),
    [
        ("await calls.act(order)", ["calls.act"]),
        ("calls.queue_of(name)", []),
        ("workflow.execute_activity('guard.ask', ask)", ["workflow.execute_activity 'guard.ask'"]),
        ("workflow.wait_condition(done)", []),
        ("workflow.wait_condition(done, timeout=hour)", ["workflow.wait_condition with a timeout"]),
        ("if workflow.patched('ask-first'):\n    await calls.ask(question)\nawait calls.act(order)",
         ["workflow.patched 'ask-first'", "if workflow.patched('ask-first') | calls.ask", "calls.act"]),
        ("if ready:\n    await calls.act(order)\nelse:\n    await calls.ask(question)",
         ["if ready | calls.act", "if not ready | calls.ask"]),
        ("def early():\n    if done:\n        return\n    calls.act(order)", ["if not done | calls.act"]),
        ("def run() -> Phase:\n    if no:\n        return leave(Phase.TRIAGE, 'so')\n    return Phase.WATCH",
         ["if no | next: leave Phase.TRIAGE", "if not no | next: Phase.WATCH"]),
        ("await memory.outside.ask(question)", ["outside.ask"]),
        ("await patience.within(done, hour, 'it')", ["patience.within"]),
    ],
)  # fmt: skip
def test_a_fingerprint_is_what_is_asked_of_temporal_in_order(source: str, commands: list[str]) -> None:
    assert fingerprint(source) == commands


def test_the_complaint_says_what_changed_and_what_to_do() -> None:
    said = lesson("workflows/triage.py", ["calls.look"], ["calls.plan", "calls.look"])

    assert "workflows/triage.py now asks other things" in said
    assert "    + calls.plan\n      calls.look" in said
    assert "workflow.patched" in said


if __name__ == "__main__":
    WRITTEN.write_text(json.dumps(fingerprints(), indent=1) + "\n")
