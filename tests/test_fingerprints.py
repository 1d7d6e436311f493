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
MODULES = sorted((ROOT / "workflows").glob("*.py"))
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
{module} now asks other things of Temporal, or in another order, than tests/histories/fingerprints.json says:

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


CALLS = asynchronous(ROOT / "workflows" / "calls.py")


def fingerprint(source: str) -> list[str]:
    """Every call that makes a command, in the order of the source."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    calls.sort(key=lambda call: (call.lineno, call.col_offset))
    return [said for call in calls for said in command(call)]


def command(call: ast.Call) -> Iterator[str]:
    match call.func:
        case ast.Attribute(ast.Name("calls"), name) if name in CALLS:
            yield f"calls.{name}"
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
    found = {module.name: fingerprint(module.read_text()) for module in MODULES}
    return {name: commands for name, commands in found.items() if commands}


def lesson(module: str, written: list[str], found: list[str]) -> str:
    lines = difflib.ndiff(written, found)
    difference = "\n".join(f"    {line}" for line in lines if not line.startswith("?"))
    return LESSON.format(module=module, difference=difference)


@pytest.mark.parametrize("module", [module.name for module in MODULES])
def test_what_a_workflow_asks_of_temporal_changes_only_on_purpose(module: str) -> None:
    written = json.loads(WRITTEN.read_text()).get(module, [])

    found = fingerprints().get(module, [])

    assert found == written, lesson(f"workflows/{module}", written, found)


def test_no_fingerprint_is_left_of_a_module_that_is_gone() -> None:
    assert json.loads(WRITTEN.read_text()).keys() == fingerprints().keys()


@pytest.mark.parametrize(
    ("source", "commands"),
    [
        ("await calls.act(change)", ["calls.act"]),
        ("calls.queue_of(name)", []),
        ("workflow.execute_activity('guard.ask', ask)", ["workflow.execute_activity 'guard.ask'"]),
        ("workflow.wait_condition(done)", []),
        ("workflow.wait_condition(done, timeout=hour)", ["workflow.wait_condition with a timeout"]),
        ("if workflow.patched('ask-first'):\n    await calls.ask_guard(ask)\nawait calls.act(change)",
         ["workflow.patched 'ask-first'", "calls.ask_guard", "calls.act"]),
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
