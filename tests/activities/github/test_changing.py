import pytest
from pydantic import ValidationError

from activities.contract import Verb
from activities.converging import converge
from activities.github.answers import names, signed
from activities.github.client import GitHub, GitHubTarget
from activities.github.hotfix import Hotfix
from activities.github.open_issue import OpenIssue
from activities.github.revert import Revert, RevertArguments
from sandbox.faults import Fault, Trouble
from sandbox.github.repository import PullRequest, Repository
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, Rejected, Unavailable
from tests.activities.contract.case import MARKER
from tests.activities.github.asking import carried_out, newest, planned
from tests.activities.github.cases import SHOP


async def test_the_pull_request_merged_last_is_reverted_by_one_that_names_the_incident(
    github: GitHub, shop: Repository
) -> None:
    verb = Revert(github)
    change = await planned(verb)

    await carried_out(verb, change)

    opened = newest(shop)
    assert (opened.title, opened.head) == ('Revert "checkout: new totals"', "revert-4-new-totals")
    assert names(opened.body, MARKER)
    assert "reverts #4 of team/shop: checkout: new totals" in change.summary


async def test_a_revert_of_what_was_merged_last_says_that_it_may_not_be_what_is_deployed(
    github: GitHub, shop: Repository
) -> None:
    bad = shop.issues[3]
    assert isinstance(bad, PullRequest)

    last, numbered = await planned(Revert(github)), await planned(Revert(github), pull_request=3)
    deployed = await planned(Revert(github), commit=bad.merge_sha)

    assert "#4 was merged last; whether it is what is deployed is not known" in last.effects
    assert "#3 was named; whether it is what is deployed is not known" in numbered.effects
    assert not any("deployed is not known" in effect for effect in deployed.effects)


async def test_the_pull_request_that_a_commit_came_with_is_reverted(github: GitHub, shop: Repository) -> None:
    bad = shop.issues[3]
    assert isinstance(bad, PullRequest)

    change = await planned(Revert(github), commit=bad.merge_sha)

    assert change.settings["number"] == 3


async def test_a_commit_that_was_pushed_past_all_pull_requests_has_none_to_revert(
    github: GitHub, shop: Repository
) -> None:
    pushed = shop.push("main", "straight to main")

    with pytest.raises(PolicyError, match="no-pull-request"):
        await planned(Revert(github), commit=pushed.sha)


async def test_only_what_was_merged_is_reverted(github: GitHub, shop: Repository) -> None:
    shop.push("later", "not yet")
    opened = shop.open_pull_request("not yet", "", "later")

    with pytest.raises(PolicyError, match="not-merged"):
        await planned(Revert(github), pull_request=opened.number)


async def test_where_nothing_was_merged_nothing_is_reverted(github: GitHub, shop: Repository) -> None:
    shop.issues.clear()

    with pytest.raises(PolicyError, match="nothing-to-revert"):
        await planned(Revert(github))


async def test_what_somebody_reverts_already_is_not_reverted_again(github: GitHub, shop: Repository) -> None:
    shop.push("revert-4-new-totals", "by hand")
    theirs = shop.open_pull_request("Revert the totals", "", "revert-4-new-totals")

    change = await planned(Revert(github))

    assert (change.units, change.nothing_to_do) == ((), f"#{theirs.number} reverts #4 already")


async def test_a_revert_that_conflicts_is_handed_over(github: GitHub, shop: Repository) -> None:
    bad = shop.issues[4]
    assert isinstance(bad, PullRequest)
    bad.conflicts = True
    verb = Revert(github)

    with pytest.raises(Rejected, match="conflicts"):
        await carried_out(verb, await planned(verb))


def test_a_commit_that_is_not_known_is_not_taken_for_the_one_merged_last() -> None:
    with pytest.raises(ValidationError):
        RevertArguments(commit="")


def test_a_revert_is_of_a_pull_request_or_of_a_commit() -> None:
    with pytest.raises(ValidationError, match="not both"):
        RevertArguments(pull_request=4, commit="abcdef0")


@pytest.mark.parametrize("verb", [Revert, Hotfix])
async def test_what_was_merged_meanwhile_is_not_taken_away(
    github: GitHub, shop: Repository, verb: type[Verb]
) -> None:
    made = verb(github)
    change = await planned(made, **({"title": "Fix"} if verb is Hotfix else {}))
    await carried_out(made, change)
    shop.merge(newest(shop))

    with pytest.raises(Moved, match="which was merged"):
        await carried_out(made, change.undone())


async def test_what_people_pushed_to_a_hotfix_is_not_deleted(github: GitHub, shop: Repository) -> None:
    verb = Hotfix(github)
    change = await planned(verb, title="Fix")
    await carried_out(verb, change)
    shop.push(newest(shop).head, "the fix itself")

    with pytest.raises(Moved, match="somebody pushed"):
        await carried_out(verb, change.undone())

    assert newest(shop).head in shop.branches


async def test_a_revert_that_people_went_on_with_is_not_closed(github: GitHub, shop: Repository) -> None:
    verb = Revert(github)
    change = await planned(verb)
    await carried_out(verb, change)
    shop.push(newest(shop).head, "and the settings")

    with pytest.raises(Moved, match="somebody pushed"):
        await carried_out(verb, change.undone())

    assert newest(shop).state == "open"


async def test_a_hotfix_from_an_older_line_brings_more_commits_and_is_still_only_ours(
    github: GitHub, shop: Repository
) -> None:
    verb = Hotfix(github)
    change = await planned(verb, title="Fix")
    await carried_out(verb, change)
    newest(shop).commits = 12

    await carried_out(verb, change.undone())

    assert newest(shop).state == "closed"


async def test_a_hotfix_starts_from_the_commit_that_is_deployed(github: GitHub, shop: Repository) -> None:
    deployed, verb = shop.deployments[1].sha, Hotfix(github)

    await carried_out(verb, await planned(verb, title="Fix", body="Charged twice.", commit=deployed))

    opened = newest(shop)
    begun = shop.commits[shop.branches[opened.head]]
    assert (opened.head, opened.base) == ("hotfix/inc-20261121-7k3qxm-1.1", "main")
    assert (begun.parents, begun.tree) == ((deployed,), shop.commits[deployed].tree)
    assert opened.body.startswith("Charged twice.")


async def test_a_branch_without_its_pull_request_is_finished(
    github: GitHub, shop: Repository, sandbox: Sandbox
) -> None:
    verb = Hotfix(github)
    change = await planned(verb, title="Fix")
    sandbox.order(Fault(trouble=Trouble.RESET, method="POST", path="/pulls$"))
    with pytest.raises(Unavailable):
        await converge(verb, change, set())

    await carried_out(verb, change)

    assert [effect.operation for effect in sandbox.ledger.effects()] == [
        "github.create_ref",
        "github.create_pull_request",
    ]


async def test_a_hotfix_goes_into_the_branch_that_the_target_names(github: GitHub, shop: Repository) -> None:
    shop.push("stable", "an older line")
    stable = SHOP.model_copy(update={"at": {**SHOP.at, "branch": "stable"}})
    verb = Hotfix(github)

    await carried_out(verb, await planned(verb, stable, title="Fix"))

    assert newest(shop).base == "stable"


async def test_a_branch_that_is_not_there_is_said(github: GitHub) -> None:
    gone = SHOP.model_copy(update={"at": {**SHOP.at, "branch": "gone"}})

    with pytest.raises(PolicyError, match="no-such-branch"):
        await planned(Hotfix(github), gone, title="Fix")


async def test_an_issue_says_what_is_to_do_and_who_is_to_do_it(github: GitHub, shop: Repository) -> None:
    verb = OpenIssue(github)

    await carried_out(
        verb, await planned(verb, title="Add an index", body="On orders.", labels=["p1"], assignees=["ana"])
    )

    issue = shop.issues[max(shop.issues)]
    assert (issue.title, issue.labels, issue.assignees) == ("Add an index", ["p1"], ["ana"])
    assert issue.body == f"On orders.\n\nStanch change: {MARKER}"


async def test_an_issue_whose_answer_was_lost_is_found_among_many_newer_ones(
    github: GitHub, shop: Repository, sandbox: Sandbox
) -> None:
    verb = OpenIssue(github)
    change = await planned(verb, title="Add an index")
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, method="POST"))
    with pytest.raises(Unavailable):
        await converge(verb, change, set())
    for number in range(150):
        shop.open_issue(f"another {number}")

    await carried_out(verb, change)

    assert len(sandbox.ledger.effects("github.create_issue")) == 1


async def test_nothing_is_opened_in_an_archived_repository(github: GitHub, shop: Repository) -> None:
    shop.archived = True

    with pytest.raises(PolicyError, match="archived"):
        await planned(OpenIssue(github), title="Add an index")


@pytest.mark.parametrize("marker", [f"{MARKER}1", f"{MARKER}-undo", "INC-20261121-7K3QXM/1"])
def test_a_marker_that_only_begins_alike_is_another(marker: str) -> None:
    assert not names(signed("text", marker), MARKER)


def test_a_marker_is_known_again_whatever_ends_its_line() -> None:
    assert names(signed("text", MARKER).replace("\n", "\r\n"), MARKER)


@pytest.mark.parametrize("verb", [Revert, Hotfix])
async def test_a_repository_without_issues_has_pull_requests_all_the_same(
    github: GitHub, shop: Repository, verb: type[Verb]
) -> None:
    shop.has_issues = False
    made = verb(github)

    await carried_out(made, await planned(made, **({"title": "Fix"} if verb is Hotfix else {})))

    assert names(newest(shop).body, MARKER)


async def test_no_issue_is_opened_where_issues_are_disabled(github: GitHub, shop: Repository) -> None:
    shop.has_issues = False

    with pytest.raises(PolicyError, match="issues-disabled"):
        await planned(OpenIssue(github), title="Add an index")


@pytest.mark.parametrize("name", ["shop", "team/shop/more", "https://github.example/team/shop"])
def test_a_repository_is_named_with_its_owner(name: str) -> None:
    with pytest.raises(ValidationError):
        GitHubTarget(repository=name)


async def test_a_person_would_type_gh(github: GitHub) -> None:
    verb = Revert(github)
    change = await planned(verb)

    assert verb.commands(change) == [
        """gh pr revert 4 --title 'Revert "checkout: new totals"' --repo team/shop"""
    ]
    assert verb.commands(change.undone()) == [
        "gh pr close revert-4-new-totals --delete-branch --repo team/shop"
    ]
