"""People and repositories as GitHub's API shows them."""

from datetime import datetime
from typing import Any

from sandbox.clock import digest_of, written
from sandbox.github.repository import Repository

API = "https://api.github.example"
WEB = "https://github.example"
_OF_USER = (
    "events_url", "followers_url", "following_url", "gists_url", "organizations_url", "received_events_url",
    "repos_url", "starred_url", "subscriptions_url",
)  # fmt: skip
_OF_REPOSITORY = (
    "archive_url", "assignees_url", "blobs_url", "branches_url", "collaborators_url", "comments_url",
    "commits_url", "compare_url", "contents_url", "contributors_url", "deployments_url", "downloads_url",
    "events_url", "forks_url", "git_commits_url", "git_refs_url", "git_tags_url", "hooks_url",
    "issue_comment_url", "issue_events_url", "issues_url", "keys_url", "labels_url", "languages_url",
    "merges_url", "milestones_url", "notifications_url", "pulls_url", "releases_url", "stargazers_url",
    "statuses_url", "subscribers_url", "subscription_url", "tags_url", "teams_url", "trees_url",
)  # fmt: skip
_COUNTS = (
    "forks", "forks_count", "open_issues", "open_issues_count", "size", "stargazers_count", "watchers",
    "watchers_count",
)  # fmt: skip
_COUNTED_ALONE = ("network_count", "subscribers_count")
"""What is counted only where the repository itself is asked for."""


def at(instant: datetime | None) -> str | None:
    """An instant, if there is one."""
    return written(instant) if instant else None


def node(kind: str, name: object) -> str:
    """What GraphQL calls it."""
    return f"{kind}_kwDO{digest_of(f'{kind}{name}')[:12]}"


def user(login: str) -> dict[str, Any]:
    """Somebody, by login."""
    address = f"{API}/users/{login}"
    return {
        "login": login,
        "id": int(digest_of(login)[:6], 16),
        "node_id": node("U", login),
        "avatar_url": f"{WEB}/images/{login}.gif",
        "gravatar_id": "",
        "url": address,
        "html_url": f"{WEB}/{login}",
        "type": "Bot" if login.endswith("[bot]") else "User",
        "site_admin": False,
        **{name: f"{address}/{name.removesuffix('_url')}" for name in _OF_USER},
    }


def whole_repository(of: Repository) -> dict[str, Any]:
    """The repository, where it is asked for itself."""
    return {**repository(of), **dict.fromkeys(_COUNTED_ALONE, 0)}


def repository(of: Repository) -> dict[str, Any]:
    """The repository, as a part of something else."""
    address, (owner, _, name) = f"{API}/repos/{of.name}", of.name.partition("/")
    now = written(of.origin.now())
    flags = ("has_projects", "has_downloads", "has_wiki", "has_pages", "has_discussions")
    return {
        "id": int(digest_of(of.name)[:6], 16),
        "node_id": node("R", of.name),
        "name": name,
        "full_name": of.name,
        "owner": user(owner),
        "private": True,
        "html_url": f"{WEB}/{of.name}",
        "description": None,
        "fork": False,
        "url": address,
        "default_branch": of.default_branch,
        "archived": of.archived,
        "disabled": False,
        "homepage": None,
        "language": "TypeScript",
        "mirror_url": None,
        "license": None,
        "git_url": f"git://github.example/{of.name}.git",
        "ssh_url": f"git@github.example:{of.name}.git",
        "clone_url": f"{WEB}/{of.name}.git",
        "svn_url": f"{WEB}/{of.name}",
        "pushed_at": now,
        "created_at": now,
        "updated_at": now,
        "permissions": {"admin": False, "maintain": False, "push": True, "triage": True, "pull": True},
        "has_issues": of.has_issues,
        **dict.fromkeys(flags, False),
        **dict.fromkeys(_COUNTS, 0),
        **{each: f"{address}/{each.removesuffix('_url')}" for each in _OF_REPOSITORY},
    }
