"""GitHub: what was changed read; reverts, hotfix branches and issues opened."""

from activities.github.client import GitHub, GitHubTarget
from activities.github.hotfix import Hotfix
from activities.github.open_issue import OpenIssue
from activities.github.readings import ReadCommits, ReadRecent
from activities.github.revert import Revert
from activities.integration import Credential, Integration, Proof
from activities.open_questions import OpenQuestion
from stanch.model.change import Target
from stanch.model.verb import TargetSpec


async def prove(github: GitHub, target: Target) -> Proof:
    """The repository. What a fine-grained token may do there, no call says (2026-11)."""
    repository = await github.repository(target)
    return Proof(
        f"{repository.full_name} seen, branch {repository.default_branch}; only a change would show"
        " whether it may write"
    )


INTEGRATION = Integration(
    name="github",
    connect=GitHub.connect,
    limits="5000 requests an hour",
    verbs=(Revert, Hotfix, OpenIssue),
    readings=(ReadCommits, ReadRecent),
    target=TargetSpec(GitHubTarget, "repository"),
    vendor=True,
    credential=Credential(
        prove,
        made_by="Settings, Developer settings, Fine-grained tokens: only {name}, with Contents, Issues and"
        " Pull requests read and write, Deployments read",
    ),
    offers_none={
        "roll_back": "GitHub runs nothing; a revert is a pull request that is merged and deployed",
        "restart": "GitHub runs nothing",
        "scale": "GitHub runs nothing",
        "set_flag": "GitHub has no store of flags",
        "run": "GitHub runs nothing of the service's at night",
        "purge_cache": "GitHub serves nothing of the service's",
        "set_secret": "what GitHub keeps is for its own workflows, and no service reads it",
        "set_webhook_secret": "what GitHub keeps is for its own workflows, and no service reads it",
    },
    questions=(
        OpenQuestion(
            "Which type does GraphQL give a limit that was met: RATE_LIMIT or RATE_LIMITED?",
            "Either",
            by_hand="gh api graphql -f query='{viewer{login}}', with a token whose limit is used up",
        ),
    ),
)
