"""Histories of finished incidents, replayed: what is running now must be able to go on under this code."""

import importlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from stage import DOOR, DOOR_KEY
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import NondeterminismError
from temporalio.workflow import _Definition as Definition
from texts import texts_in

from sandbox.fly.keys import FlyKey
from sandbox.vercel.keys import VercelKey
from stanch.secrets import Redactor
from workers import wiring
from workers.interceptors import WorkerInterceptor

ROOT = Path(__file__).parents[1]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
RECORDED = sorted((ROOT / "tests" / "histories").glob("*/*.json"))
MACHINE_PATH = re.compile(
    r"(?<![\w.:/-])/(?:builds|etc|github|home|mnt|opt|private|root|srv|tmp|usr|Users|var|work|workspace)/"
)
MACHINE = re.compile(r"\d+@[\w.-]+")
ADDRESS = re.compile(r"https?://([^/:\"\\\s]+)")
SECRETS = (*FlyKey, *VercelKey, DOOR_KEY.decode(), "first value of", "whsec_of_the_sandbox")

AS_THE_WORKER_DOES = UnsandboxedWorkflowRunner()
WATCHING_THE_WORKFLOWS = SandboxedWorkflowRunner(
    restrictions=SandboxRestrictions.default.with_passthrough_modules("stanch", "cel_expr_python", "pydantic")
)
"""Nothing of `workflows` passes: the sandbox imports it anew, and refuses clocks, chance and I/O."""

RESTLESS = """
import time
from temporalio import workflow

@workflow.defn(name="RevertWorkflow")
class Restless:
    @workflow.run
    async def run(self, revert: object) -> None:
        await workflow.wait_condition(lambda: time.time() < 0)
"""


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def recorded(name: str) -> Path:
    return next(path for path in RECORDED if named(path) == f"{VERSION}/{name}")


def history(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(f"recorded-{path.stem}", path.read_text())


def replayer(runner: WorkflowRunner, *workflows: type) -> Replayer:
    return Replayer(
        workflows=workflows or wiring.WORKFLOWS,
        workflow_runner=runner,
        data_converter=pydantic_data_converter,
        interceptors=[WorkerInterceptor(Redactor(), DOOR)],
    )


def definition_of(workflow: type) -> Definition:
    found = Definition.from_class(workflow)
    assert found is not None
    return found


def events(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text())["events"]
    return found


@pytest.mark.parametrize("path", RECORDED, ids=named)
async def test_what_ran_before_can_go_on_under_this_code(path: Path) -> None:
    await replayer(AS_THE_WORKER_DOES).replay_workflow(history(path))


@pytest.mark.parametrize("path", RECORDED, ids=named)
async def test_no_workflow_asks_a_clock_chance_or_the_world(path: Path) -> None:
    await replayer(WATCHING_THE_WORKFLOWS).replay_workflow(history(path))


async def test_a_workflow_that_does_ask_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "restless.py").write_text(RESTLESS)
    monkeypatch.syspath_prepend(tmp_path)
    restless = importlib.import_module("restless").Restless

    with pytest.raises(RuntimeError, match=r"time\.time"):
        await replayer(WATCHING_THE_WORKFLOWS, restless).replay_workflow(history(recorded("revert")))


async def test_a_history_that_this_code_would_not_have_made_is_found_out() -> None:
    path = recorded("automatic-fix")
    other = WorkflowHistory.from_json("other", path.read_text().replace('"fly.releases"', '"fly.status"'))

    with pytest.raises(NondeterminismError, match=r"fly\.status"):
        await replayer(AS_THE_WORKER_DOES).replay_workflow(other)


@pytest.mark.parametrize("path", RECORDED, ids=named)
def test_a_history_says_nothing_of_secrets_or_of_the_machine_it_was_recorded_on(path: Path) -> None:
    found = list(texts_in(events(path)))

    assert [text for text in found if any(secret in text for secret in SECRETS)] == []
    assert [text for text in found if MACHINE_PATH.search(text) or MACHINE.search(text)] == []
    assert {host for text in found for host in ADDRESS.findall(text)} <= {"127.0.0.1"}


def test_every_workflow_has_been_recorded_under_the_version_that_is_being_made() -> None:
    started = [events(path)[0] for path in RECORDED if path.parent.name == VERSION]

    types = {event["workflowExecutionStartedEventAttributes"]["workflowType"]["name"] for event in started}

    assert types == {definition_of(workflow).name for workflow in wiring.WORKFLOWS}
