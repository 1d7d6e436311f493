import pytest
from pydantic import ValidationError

from activities.converging import converge
from activities.heroku.client import Heroku
from activities.heroku.run import Run, RunArguments
from sandbox.faults import Fault, Trouble
from sandbox.heroku.application import HerokuApp
from sandbox.heroku.log import RING
from sandbox.heroku.scenes import BACKEND
from sandbox.heroku.world import HerokuWorld
from sandbox.world import Sandbox
from stanch.errors import Conflict, Moved, PolicyError, Rejected, Still, Unavailable
from stanch.model.survey import At
from stanch.model.verb import Approval
from tests.activities.contract.case import MARKER
from tests.activities.heroku.herokuing import carried_out, operations, planned

BACK = "npm run migrate:rollback --workspace=backend"


async def test_a_command_is_done_when_it_said_that_it_ended_well(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    verb = Run(heroku)
    change = await planned(verb, command=BACK)

    with pytest.raises(Still, match=r"run\.4412 is starting"):
        await converge(verb, change, set())
    await carried_out(sandbox, verb, change)

    started = sandbox.ledger.effects("heroku.run")[0]
    assert started.detail["command"].startswith(f"sh -c '{BACK}'; status=$?; ")
    assert started.marker == MARKER
    assert any(line.endswith(f"app[run.4412]: stanch {MARKER} ended with status 0") for line in app.log)
    assert Run.spec.floor is Approval.TWO


async def test_a_command_that_ended_badly_says_its_status_and_where_its_output_is(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    app.run_status = 3
    change = await planned(Run(heroku), command=BACK)

    with pytest.raises(Rejected, match=r"ended with status 3; .* heroku logs --dyno-name run\.4412 -a git"):
        await carried_out(sandbox, Run(heroku), change)


async def test_a_command_that_leaves_its_shell_is_judged_by_what_heroku_says(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    change = await planned(Run(heroku), command=BACK)
    await Run(heroku).write(change, change.units[0])
    dyno = app.dynos.pop()
    app.say("heroku", dyno.name, "Process exited with status 137")

    with pytest.raises(Rejected, match="ended with status 137"):
        await converge(Run(heroku), change, set())


async def test_a_command_of_which_only_the_beginning_is_known_is_not_repeated(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    change = await planned(Run(heroku), command=BACK)
    await Run(heroku).write(change, change.units[0])
    app.dynos.pop()

    with pytest.raises(Rejected, match=r"run\.4412 is gone, and the log does not say how"):
        await converge(Run(heroku), change, set())

    assert operations(sandbox) == ["run"]


async def test_a_lost_answer_is_found_among_the_dynos_though_a_busy_log_pushed_its_start_out(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    verb = Run(heroku)
    change = await planned(verb, command=BACK)
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, method="POST", path="/dynos$"))
    with pytest.raises(Unavailable):
        await converge(verb, change, set())
    for number in range(RING):
        app.say("heroku", "router", f"at=info path=/{number} status=200")

    await carried_out(sandbox, verb, change)

    assert operations(sandbox) == ["run"]


async def test_the_command_goes_on_saying_its_status_for_minutes(heroku: Heroku, sandbox: Sandbox) -> None:
    change = await planned(Run(heroku), command=BACK, within="10m")
    await Run(heroku).write(change, change.units[0])

    line = sandbox.ledger.effects()[0].detail["command"]

    assert '[ "$n" -lt 36 ]' in line
    assert line.endswith("sleep 5; done; exit $status")
    assert change.settings["time_to_live"] == 13 * 60


async def test_another_change_of_the_incident_is_not_taken_for_this_one(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    other = f'sh -c true; status=$?; echo "stanch {MARKER}0 ended with status $status"'
    app.run(app.releases[0], other, "standard-1x", f"{MARKER}0")
    change = await planned(Run(heroku), command=BACK)

    survey = await Run(heroku).survey(change, frozenset())

    assert [place.at for place in survey.places] == [At.WAS]


async def test_heroku_runs_commands_on_the_running_code_only(sandbox: Sandbox, heroku: Heroku) -> None:
    with pytest.raises(PolicyError, match=r"v42 .* only, not with that of v40 \(Deploy") as refused:
        await planned(Run(heroku), command=BACK, release="v40")
    change = await planned(Run(heroku), command=BACK, release="v42")

    assert refused.value.rule == "not-that-release"
    sandbox.of(HerokuWorld).deploy(BACKEND)
    with pytest.raises(Moved):
        await converge(Run(heroku), change, set())
    assert operations(sandbox) == []


async def test_a_release_of_which_only_config_vars_differ_runs_the_same_code(
    sandbox: Sandbox, heroku: Heroku
) -> None:
    sandbox.of(HerokuWorld).set_config(BACKEND, CACHE_TTL="60")

    change = await planned(Run(heroku), command=BACK, release=42)

    assert change.summary.endswith("with the code of v42")


async def test_a_pending_release_since_planning_is_waited_for(sandbox: Sandbox, heroku: Heroku) -> None:
    change = await planned(Run(heroku), command=BACK)
    sandbox.of(HerokuWorld).deploy(BACKEND, in_progress=True)

    with pytest.raises(Conflict, match="pending"):
        await converge(Run(heroku), change, set())

    assert operations(sandbox) == []


async def test_an_app_without_log_history_cannot_say_how_a_command_ended(
    heroku: Heroku, app: HerokuApp
) -> None:
    app.generation = "fir"

    with pytest.raises(PolicyError) as refused:
        await planned(Run(heroku), command=BACK)

    assert refused.value.rule == "no-log-history"


@pytest.mark.parametrize("command", ["", "true\nrm -rf .", "x" * 2001])
def test_a_command_is_one_line(command: str) -> None:
    with pytest.raises(ValidationError):
        RunArguments.model_validate({"command": command})


async def test_a_size_can_be_asked_for(sandbox: Sandbox, heroku: Heroku, app: HerokuApp) -> None:
    change = await planned(Run(heroku), command=BACK, size="standard-2x")

    await Run(heroku).write(change, change.units[0])

    assert app.dynos[-1].size == "standard-2x"
    assert Run.commands(change) == [f"heroku run --exit-code --size standard-2x -a {BACKEND} -- '{BACK}'"]
