"""Which changes of a playbook its worlds notice, told from what changes nothing and from a slow machine."""

from functools import cache
from pathlib import Path

import pytest

from activities.registry import catalogue
from stanch.cli.worlds.chosen_worlds import changed, chosen, sampled
from stanch.cli.worlds.mutations import Mutation, mutations_of
from stanch.cli.worlds.performance import Performance
from stanch.cli.worlds.played_world import PlayedWorld
from stanch.cli.worlds.reckoning import reckoned, refuse_unknown
from stanch.cli.worlds.trials import Jury, ScenarioTrials, Trial
from stanch.errors import ConfigError
from stanch.model.playbook import Pinned
from stanch.playbooks.load import load_book, shipped
from stanch.playbooks.unnoticed import Changed, HowChanged
from stanch.policy.conditions import Truth

NOWHERE = Path("/nowhere/stanch.yaml")


@cache
def _pinned(team: str, scenario: str) -> Pinned:
    book = load_book(shipped(team) / "stanch.yaml", catalogue())
    return next(one for one in book.scenarios if one.scenario == scenario)


def _changes(team: str, scenario: str) -> dict[tuple[Changed, str, HowChanged], Mutation]:
    return {(one.kind, one.name, one.how): one for one in mutations_of(_pinned(team, scenario))}


def test_evidence_that_a_condition_rests_on_is_changed_and_what_only_people_look_at_is_not() -> None:
    found = _changes("slurpy", "high-error-rate")

    unread = {name for kind, name, _ in found if kind is Changed.EVIDENCE}
    assert unread == {"vendors", "release", "lines", "metrics.error_rate"}


def test_what_is_read_by_another_reading_is_silent_with_it() -> None:
    found = _changes("slurpy", "high-error-rate")

    assert found[Changed.EVIDENCE, "release", HowChanged.BLANK].silences == {"release", "issue"}
    assert found[Changed.EVIDENCE, "lines", HowChanged.BLANK].silences == {"lines"}


def test_what_chooses_a_switch_is_evidence_that_matters() -> None:
    found = _changes("pitchey", "high-error-rate")

    assert (Changed.EVIDENCE, "errors", HowChanged.BLANK) in found


def test_conditions_of_severities_and_of_asking_are_changed_both_ways() -> None:
    found = _changes("slurpy", "high-error-rate")

    for how in (HowChanged.ALWAYS, HowChanged.NEVER):
        assert (Changed.SEVERITY, "P1", how) in found
        assert (Changed.NOBODY_IF, "roll_back", how) in found
    assert not any(name == "P2" for _, name, _ in found)


def test_an_option_without_a_condition_is_only_left_out() -> None:
    found = _changes("slurpy", "site-down")

    assert [how for kind, name, how in found if (kind, name) == (Changed.OPTION, "restart")] == [
        HowChanged.NEVER
    ]


def test_a_change_is_made_where_it_is_meant_and_nowhere_else() -> None:
    pinned, other = _pinned("slurpy", "high-error-rate"), _pinned("slurpy", "site-down")
    found = _changes("slurpy", "high-error-rate")

    never = found[Changed.OPTION, "roll_back", HowChanged.NEVER].applied(pinned)
    unasked = found[Changed.NOBODY_IF, "roll_back", HowChanged.ALWAYS].applied(pinned)
    grave = found[Changed.SEVERITY, "P1", HowChanged.ALWAYS].applied(pinned)
    unread = found[Changed.EVIDENCE, "release", HowChanged.BLANK]

    assert [one.when for one in never.options] == ["false", *(one.when for one in pinned.options[1:])]
    assert unasked.options[0].steps[0].asking.nobody_if == "true"
    assert [one.when for one in grave.severity_when] == ["true", ""]
    assert "unread" in next(one for one in unread.applied(pinned).evidence if one.name == "release").arguments
    assert unread.applied(other) is other


class Played:
    """Plays nothing: what comes of a world is written beside it."""

    def __init__(self, **written: Performance) -> None:
        self.written = written
        self.asked: list[tuple[str, bool]] = []

    def __call__(self, world: PlayedWorld, mutation: Mutation | None) -> Performance:
        self.asked.append((world.name, mutation is not None))
        key = world.name.replace("-", "_")
        return self.written[f"{key}_changed" if mutation else key]


def _came(
    *failures: str, has_end: bool = True, missing: frozenset[str] = frozenset(), **heard: Truth
) -> Performance:
    truths = {text: frozenset((truth,)) for text, truth in heard.items()}
    return Performance("", "", failures, {}, (), 0.0, truths, missing, has_end)


HELD = PlayedWorld.named("slurpy-1d")
BAD_RELEASE = PlayedWorld.named("slurpy-1a")
WELL = PlayedWorld.named("slurpy-1x")


def _change(how: HowChanged, does: str = "hold") -> Mutation:
    texts = frozenset(("down",))
    return Mutation("slurpy", "site-down", Changed.OPTION, "hold", how, texts, frozenset((does,)))


def _tried(played: Played, mutation: Mutation, *worlds: PlayedWorld) -> Trial:
    asked = ScenarioTrials(HELD.folder, "site-down", ((mutation, worlds),))
    (trial,) = Jury(played).tried(asked)
    return trial


def test_the_world_that_expects_an_option_is_asked_first_whether_it_is_missed() -> None:
    played = Played(slurpy_1d=_came(down=Truth.TRUE), slurpy_1d_changed=_came("it did not hold"))

    trial = _tried(played, _change(HowChanged.NEVER), BAD_RELEASE, WELL, HELD)

    assert (trial.noticed_by, played.asked) == ("slurpy-1d", [("slurpy-1d", True), ("slurpy-1d", False)])


def test_a_world_that_expects_something_else_is_asked_first_whether_it_comes_too_often() -> None:
    played = Played(slurpy_1a=_came(down=Truth.FALSE), slurpy_1a_changed=_came("it held"))

    trial = _tried(played, _change(HowChanged.ALWAYS), HELD, BAD_RELEASE, WELL)

    assert trial.noticed_by == "slurpy-1a"


@pytest.mark.parametrize(("how", "truth"), [(HowChanged.ALWAYS, Truth.TRUE), (HowChanged.NEVER, Truth.FALSE)])
def test_a_world_in_which_the_condition_is_so_anyway_is_not_played_with_it_changed(
    how: HowChanged, truth: Truth
) -> None:
    played = Played(slurpy_1a_changed=_came(), slurpy_1x=_came(down=truth))
    unlikely = _change(how, does="nothing")

    trial = _tried(played, unlikely, BAD_RELEASE, WELL)

    assert (trial.noticed_by, trial.in_doubt) == ("", ())
    assert played.asked == [("slurpy-1a", True), ("slurpy-1x", False)]


def test_what_got_stuck_has_noticed_nothing() -> None:
    stuck = _came("nothing moved on any more", has_end=False)
    played = Played(slurpy_1d=_came(down=Truth.TRUE), slurpy_1d_changed=stuck)

    trial = _tried(played, _change(HowChanged.NEVER), HELD)

    assert (trial.noticed_by, trial.in_doubt) == ("", ("slurpy-1d: nothing moved on any more",))
    assert played.asked.count(("slurpy-1d", True)) == 2


@pytest.mark.parametrize(("before", "is_in_doubt"), [(frozenset(), True), (frozenset({"release"}), False)])
def test_who_answers_too_late_on_a_busy_machine_has_noticed_nothing(
    before: frozenset[str], is_in_doubt: bool
) -> None:
    late = _came("people were asked about restart", missing=frozenset({"release"}))
    played = Played(slurpy_1d=_came(missing=before), slurpy_1d_changed=late)

    trial = _tried(played, _change(HowChanged.NEVER), HELD)

    assert bool(trial.in_doubt) is is_in_doubt
    assert bool(trial.noticed_by) is not is_in_doubt


def test_a_world_that_fails_as_it_is_written_has_noticed_nothing() -> None:
    failed = _came("no incident was opened")
    played = Played(slurpy_1d=failed, slurpy_1d_changed=failed)

    trial = _tried(played, _change(HowChanged.NEVER), HELD)

    assert trial.in_doubt == ("slurpy-1d: it fails as it is written: no incident was opened",)


def test_a_world_is_played_as_it_is_written_once_for_all_changes() -> None:
    played = Played(slurpy_1d=_came(down=Truth.TRUE), slurpy_1d_changed=_came("it did not hold"))
    changes = (_change(HowChanged.NEVER), _change(HowChanged.NEVER, does="roll_back"))

    list(Jury(played).tried(ScenarioTrials(HELD.folder, "", tuple((one, (HELD,)) for one in changes))))

    assert played.asked == [("slurpy-1d", True), ("slurpy-1d", False), ("slurpy-1d", True)]


def _beside(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "worlds.yaml").write_text(text)
    return folder


def test_what_no_world_notices_needs_a_reason_and_what_one_notices_has_none(tmp_path: Path) -> None:
    folder = _beside(
        tmp_path / "team",
        """
.unnoticed:
  - {scenario: site-down, option: hold, is: never true, because: it is for people}
  - {scenario: site-down, option: hold, is: always true, because: nobody can tell}
""",
    )
    never, always = _change(HowChanged.NEVER), _change(HowChanged.ALWAYS)
    evidence = Mutation("slurpy", "site-down", Changed.EVIDENCE, "release", HowChanged.BLANK)

    found = reckoned([Trial(folder, never), Trial(folder, always, "slurpy-1a"), Trial(folder, evidence)])

    assert found.explained == ((never, "it is for people"),)
    assert found.outdated == ((always, "slurpy-1a"),)
    assert found.unexplained == (evidence,)
    assert (found.tried, found.to_mend) == (3, 2)
    assert found.document["unexplained"] == [
        {"playbook": "slurpy", "scenario": "site-down", "evidence": "release", "is": "not read"}
    ]


def test_a_change_of_which_nothing_can_be_said_is_never_explained(tmp_path: Path) -> None:
    folder = _beside(
        tmp_path / "team",
        ".unnoticed: [{scenario: site-down, option: hold, is: never true, because: it is so}]",
    )

    found = reckoned([Trial(folder, _change(HowChanged.NEVER), "", ("slurpy-1d: stuck",))])

    assert (found.explained, found.to_mend) == ((), 1)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "scenario: site-dwn, option: hold, is: never true",
            r"no scenario site-dwn\. Did you mean site-down",
        ),
        ("scenario: site-down, option: holt, is: never true", r"no option holt .*\. Did you mean hold"),
        ("scenario: site-down, evidence: elsewhere, is: not read", "no evidence elsewhere"),
        ("scenario: site-down, option: restart, is: always true", "restart of site-down is never made"),
    ],
)
def test_an_explanation_of_no_change_is_refused(tmp_path: Path, written: str, said: str) -> None:
    folder = _beside(tmp_path / "team", f".unnoticed: [{{{written}, because: so}}]")

    with pytest.raises(ConfigError, match=rf"worlds\.yaml: \.unnoticed: .*{said}"):
        refuse_unknown(folder, mutations_of(_pinned("slurpy", "site-down")))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("scenario: site-down, is: never true, because: so", "name one thing"),
        ("scenario: site-down, option: a, evidence: b, is: not read, because: so", "name one thing"),
        ("scenario: site-down, evidence: b, is: never true, because: so", "evidence is `not read`"),
        ("scenario: site-down, option: a, is: sometimes, because: so", r"\.0\.is"),
        ("scenario: site-down, option: a, is: never true", r"\.0\.because"),
    ],
)
def test_an_explanation_that_is_none_is_refused_with_its_place(
    tmp_path: Path, written: str, said: str
) -> None:
    folder = _beside(tmp_path / "team", f".unnoticed: [{{{written}}}]")

    with pytest.raises(ConfigError, match=rf"worlds\.yaml: \.unnoticed.*{said}"):
        refuse_unknown(folder, ())


@pytest.fixture(scope="module")
def of_pitchey() -> list[ScenarioTrials]:
    return changed(chosen(NOWHERE, ["pitchey"]), NOWHERE)


def test_every_change_of_a_scenario_is_tried_in_all_its_worlds(of_pitchey: list[ScenarioTrials]) -> None:
    outage = next(one for one in of_pitchey if one.scenario == "complete-outage")

    assert len(of_pitchey) == len(load_book(shipped("pitchey") / "stanch.yaml", catalogue()).scenarios)
    for _, worlds in outage.of:
        assert {world.name for world in worlds} >= {"pitchey-1a", "pitchey-1y"}


def test_a_sample_is_the_same_for_the_same_seed_and_no_larger_than_asked(
    of_pitchey: list[ScenarioTrials],
) -> None:
    first, again, another = (sampled(of_pitchey, 4, seed) for seed in (1, 1, 2))

    assert first == again != another
    assert sum(len(one.of) for one in first) == 4


def test_a_named_world_stands_for_its_scenario_with_all_its_worlds() -> None:
    (one,) = changed(chosen(NOWHERE, ["pitchey-2b"]), NOWHERE)

    assert one.scenario == "database-connections"
    assert {world.name for _, worlds in one.of for world in worlds} >= {"pitchey-2a", "pitchey-2x"}
