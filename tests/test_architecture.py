"""The rules of the house that a machine can check."""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path
from typing import Any, TypeGuard, get_type_hints

import pytest
import pytest_asyncio
import yaml
from pydantic import BaseModel
from stage import World
from temporalio import activity, workflow
from temporalio.client import Client

from activities.channels import channels
from activities.contract import Reader, Verb
from activities.registry import MODULES, catalogue, integrations
from stanch import errors
from stanch.model.channel import Channel
from stanch.model.evidence import Reading
from stanch.model.team import Provider, Team
from stanch.model.verb import Approval, Risk
from stanch.policy.signing import Keyring
from stanch.secrets import Redactor
from workers.wiring import WORKFLOWS, Post, Setting, posts
from workflows import calls

ROOT = Path(__file__).parents[1]
PACKAGES = ("stanch", "workflows", "activities", "workers", "sandbox")
MODULE_FILES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
LIBRARY = sorted((ROOT / "stanch" / "playbooks" / "library").glob("*.yaml"))

MOST_LINES = 250
LONGER: dict[str, str] = {
    "stanch/policy/conditions.py": "the one place where CEL is met, from a text to a verdict",
}
"""Modules that are one idea although they are longer, each with its reason."""

SAYS_NOTHING = {"common", "handler", "handlers", "helper", "helpers", "manager", "managers", "util", "utils"}
OUTSIDE = ("activities", "boto3", "google.cloud", "httpx", "starlette", "yaml")

ROOTS = {errors.StanchError, errors.ProviderError}
"""Classes that only their subclasses are raised of."""

RETRIED = {errors.Conflict, errors.CutOff, errors.Still, errors.Unavailable}
CAN_BE_RAISED_BY_ACTIVITIES = (
    "stanch.errors",
    "stanch.model",
    "stanch.policy",
    "stanch.secrets",
    "activities",
)


ALWAYS_SAID = {"start_to_close_timeout", "schedule_to_close_timeout", "retry_policy", "summary"}


# Packages, modules and what they import


def test_the_import_contracts_are_kept() -> None:
    program = Path(sys.executable).with_name("lint-imports")

    checked = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout
    assert "0 broken" in checked.stdout


def test_every_integration_is_one_that_knows_no_other() -> None:
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    apart = {
        each["name"]: set(each["modules"]) for each in linter["contracts"] if each["type"] == "independence"
    }

    assert apart["No integration knows another"] == {
        ".".join(name.split(".")[:2]) for name in MODULES.values()
    }
    assert apart["No stand-in knows another"] == stand_ins()


def stand_ins() -> set[str]:
    """Every folder of the sandbox but the causes: what answers in the place of one outside system."""
    folders = {path.parent.name for path in (ROOT / "sandbox").glob("*/__init__.py")}
    return {f"sandbox.{name}" for name in folders - {"causes"}}


def test_a_workflow_is_imported_without_anything_of_the_outside_world() -> None:
    script = f"import sys, workflows.incident; print([name for name in {OUTSIDE} if name in sys.modules])"

    said = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == "[]"


def test_no_other_distribution_brings_a_package_of_our_names() -> None:
    brought = packages_distributions()

    others = {name: set(brought.get(name, ())) - {"stanch"} for name in PACKAGES}

    assert not any(others.values()), others


def test_an_installed_stanch_brings_all_our_packages() -> None:
    try:
        files = distribution("stanch").files or []
    except PackageNotFoundError:
        pytest.skip("Stanch is not installed here: the tests run on the clone as it lies there")
    if not any(file.parts[0] == "stanch" for file in files):
        pytest.skip("Stanch is installed in place: its packages are the folders of the clone")

    owners = {name: packages_distributions()[name] for name in PACKAGES}

    assert owners == {name: ["stanch"] for name in PACKAGES}


def test_a_module_is_one_idea_and_no_longer_than_that_takes() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in MODULE_FILES}

    longer = {name: lines for name, lines in lengths.items() if lines > MOST_LINES}

    assert longer.keys() == LONGER.keys(), f"more than {MOST_LINES} lines: {longer}; known are {LONGER}"


def test_a_module_is_named_after_its_idea() -> None:
    everywhere = [*MODULE_FILES, *(ROOT / "tests").rglob("*.py")]

    empty = [path for path in everywhere if SAYS_NOTHING & {path.stem, path.parent.name}]

    assert empty == []


# What workflows call, and what workers register


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def registered(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, activity._Definition]:
    """Every activity of every worker that is wired for a team with everything, by queue and name."""
    client = world.client
    vendors = {
        integration.name: Provider(token="env:STANCH_TEST_FLY")
        for integration in integrations()
        if integration.vendor
    }
    team = Team(providers=vendors, channels={"inbox": Channel(webhook="env:STANCH_TEST_INBOX")})
    journal = tmp_path_factory.mktemp("journal")
    again = await Client.connect(client.service_client.config.target_host, namespace=client.namespace)
    made = posts(again, Setting(team, journal, Keyring(b"key"), Redactor(), world.store))
    return {f"{post.queue} {name}": found for post in made for name, found in _activities(post)}


async def test_a_worker_of_some_vendors_reads_no_other_ones_credential(world: World, tmp_path: Path) -> None:
    client = world.client
    again = await Client.connect(client.service_client.config.target_host, namespace=client.namespace)
    nowhere = {name: Provider(token=f"env:STANCH_UNSET_{name}") for name in ("vercel", "heroku", "stripe")}
    team = Team(providers={"fly": Provider(token="env:STANCH_TEST_FLY"), **nowhere})

    made = posts(again, Setting(team, tmp_path, Keyring(b"key"), Redactor()), only=["fly"])

    assert [post.queue for post in made] == ["stanch-fly"]


def _activities(post: Post) -> Iterator[tuple[str, activity._Definition]]:
    for function in post.activities:
        found = activity._Definition.must_from_callable(function)
        yield str(found.name), found


def called() -> dict[str, tuple[Any, Any]]:
    """Every activity that `workflows/calls.py` can ask for, by queue and name: what it sends and expects."""
    found: dict[str, tuple[Any, Any]] = {}
    for function in ast.parse(Path(calls.__file__).read_text()).body:
        for call in ast.walk(function):
            if isinstance(function, ast.AsyncFunctionDef) and _is_activity(call):
                types = _types(function, call)
                found |= dict.fromkeys(_queues_and_names(call), types)
    return found


def _types(function: ast.AsyncFunctionDef, call: ast.Call) -> tuple[Any, Any]:
    hints = get_type_hints(getattr(calls, function.name))
    expected = said(call).get("result_type", "None")
    assert expected == ast.unparse(function.returns or ast.Constant(None)), function.name
    return hints[ast.unparse(call.args[1])], hints["return"]


def _is_activity(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and ast.unparse(node.func).startswith("workflow.execute_")


def said(call: ast.Call) -> dict[str, str]:
    """The named arguments of a call, as they are written."""
    return {str(keyword.arg): ast.unparse(keyword.value) for keyword in call.keywords}


def _queues_and_names(call: ast.Call) -> list[str]:
    home = said(call)["task_queue"] == "HOME"
    names = _names(ast.unparse(call.args[0]))
    return [f"{calls.HOME if home else calls.queue_of(name.partition(':')[0])} {name}" for name in names]


def _names(expression: str) -> list[str]:
    verbs = catalogue().verbs
    readings = [name for name, spec in catalogue().readings.items() if not spec.stands_for]
    return {
        "uses": [*readings],
        "f'{uses}:plan'": [f"{name}:plan" for name in verbs],
        "change.verb": [*verbs],
        "f'{change.verb}:survey'": [f"{name}:survey" for name in verbs],
        "f'tell.{message.by}'": [f"tell.{kind}" for kind in channels.MODULES],
        "f'{check.uses}:watch'": [f"{name}:watch" for name in readings],
    }.get(expression) or [ast.literal_eval(expression)]


def test_workers_register_exactly_what_workflows_call(
    registered: dict[str, activity._Definition],
) -> None:
    assert registered.keys() == called().keys()


def test_what_a_worker_takes_and_gives_is_what_the_call_sends_and_expects(
    registered: dict[str, activity._Definition],
) -> None:
    for name, (sent, expected) in called().items():
        found = registered[name]
        assert found.arg_types == [sent], name
        if expected == dict[str, Any]:
            assert issubclass(found.ret_type or object, Reading), name
        else:
            assert found.ret_type == expected, name


@pytest.mark.parametrize("file", LIBRARY, ids=lambda file: file.name)
def test_everything_that_a_shipped_playbook_uses_is_registered(
    file: Path, registered: dict[str, activity._Definition]
) -> None:
    names = {key.partition(" ")[2] for key in registered}

    used = set(_used(yaml.safe_load(file.read_bytes())))

    assert used <= names


def _used(value: Any) -> Iterator[str]:
    match value:
        case dict():
            if isinstance(value.get("uses"), str):
                yield value["uses"]
            for each in value.values():
                yield from _used(each)
        case list():
            for each in value:
                yield from _used(each)


@pytest.mark.parametrize("module", sorted((ROOT / "workflows").rglob("*.py")), ids=lambda path: path.stem)
def test_every_call_outside_stands_in_calls_with_its_deadlines_and_its_summary(module: Path) -> None:
    for call in ast.walk(ast.parse(module.read_text())):
        if _is_activity(call):
            assert module.name == "calls.py", ast.unparse(call)
            assert said(call).keys() >= ALWAYS_SAID, ast.unparse(call)


# One input object for everything


def inputs() -> Iterator[tuple[str, list[type] | None]]:
    """Everything that is sent to a workflow, with the types it takes."""
    for kind in WORKFLOWS:
        found = workflow._Definition.must_from_class(kind)
        yield f"{kind.__name__}.run", found.arg_types
        for signal in found.signals.values():
            yield f"{kind.__name__}.{signal.name}", signal.arg_types
        for update in found.updates.values():
            yield f"{kind.__name__}.{update.name}", update.arg_types


@pytest.mark.parametrize(
    ("name", "types"), list(inputs()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_workflow_and_each_of_its_handlers_takes_one_model(name: str, types: list[type] | None) -> None:
    assert types is not None
    assert len(types) == 1
    assert issubclass(types[0], BaseModel)


def test_an_activity_takes_one_model(registered: dict[str, activity._Definition]) -> None:
    odd = {
        name: found.arg_types
        for name, found in registered.items()
        if not found.arg_types or len(found.arg_types) != 1 or not issubclass(found.arg_types[0], BaseModel)
    }

    assert odd == {}


# Names and words of the catalogue

VERBS: list[tuple[str, type[Verb]]] = [
    (integration.name, verb) for integration in integrations() for verb in integration.verbs
]
READINGS: list[tuple[str, type[Reader]]] = [
    (integration.name, each) for integration in integrations() for each in integration.readings
]
SPECS = [*VERBS, *READINGS]
SETTING = ("set_config", "set_secret", "set_webhook_secret")
"""An open variable, one of the team's secrets, and one that webhooks are signed with."""


def test_a_verb_has_one_name_from_its_module_to_the_history(
    registered: dict[str, activity._Definition],
) -> None:
    for integration, kind in SPECS:
        name = kind.spec.name
        assert name.partition(".")[0] == integration
        assert f"{kind.__module__}.".startswith(f"{MODULES[integration]}."), name
        assert f"{calls.queue_of(name)} {name}" in registered


def test_a_verb_says_what_it_does() -> None:
    for _, kind in SPECS:
        assert kind.spec.says.strip(), kind
        assert (kind.__doc__ or "").strip(), kind
        assert kind.__doc__ != kind.__mro__[1].__doc__, kind


# Errors


def raisable() -> set[type[errors.StanchError]]:
    """Every class of ours that can leave an activity."""
    for package in ("stanch", "activities"):
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if module.name.startswith(CAN_BE_RAISED_BY_ACTIVITIES):
                importlib.import_module(module.name)
    found = {errors.StanchError}
    while more := {sub for each in found for sub in each.__subclasses__()} - found:
        found |= more
    return {each for each in found if each.__module__.startswith(CAN_BE_RAISED_BY_ACTIVITIES)}


def test_what_would_fail_again_is_never_retried() -> None:
    final = raisable() - RETRIED - ROOTS

    assert sorted(errors.NEVER_RETRY) == sorted(error.__name__ for error in final)


def test_what_may_yet_go_well_is_retried() -> None:
    assert not {error.__name__ for error in RETRIED | ROOTS} & set(errors.NEVER_RETRY)


@pytest.mark.parametrize("root", sorted(ROOTS, key=str), ids=str)
def test_a_root_of_errors_is_never_raised_itself(root: type[errors.StanchError]) -> None:
    raised = [path for path in MODULE_FILES if f"raise {root.__name__}(" in path.read_text()]

    assert raised == []


def test_the_tree_of_errors_is_drawn_whole() -> None:
    drawn = set(re.findall(r"\w+", errors.__doc__ or ""))

    assert {error.__name__ for error in raisable()} <= drawn


def test_a_verb_that_sets_something_means_the_same_at_every_integration() -> None:
    specs = {kind.spec.name: kind.spec for _, kind in VERBS}
    of = {name: [spec for spec in specs.values() if spec.name.endswith(f".{name}")] for name in SETTING}

    assert {name: {tuple(spec.arguments.model_fields)[:2] for spec in of[name]} for name in SETTING} == {
        name: {("key", "value")} for name in SETTING
    }
    assert {spec.floor for spec in of["set_webhook_secret"]} == {Approval.TWO}
    assert {spec.risk for spec in (*of["set_secret"], *of["set_webhook_secret"])} == {Risk.HIGH}


def test_a_former_name_is_none_of_today() -> None:
    former = [name for _, kind in VERBS for name in kind.spec.formerly]

    assert former
    assert not set(former) & {kind.spec.name for _, kind in VERBS}
    assert len(former) == len(set(former))
