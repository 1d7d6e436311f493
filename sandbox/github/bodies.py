"""GitHub's objects as its API shows them."""

from typing import Any

from sandbox.clock import written
from sandbox.github.repository import Commit, Deployment, Issue, PullRequest, Repository, Status
from sandbox.github.repository_body import API, WEB, at, node, repository, user

_LINKS = ("comments", "commits", "statuses", "html", "issue", "review_comments", "review_comment", "self")


def commit(of: Repository, one: Commit) -> dict[str, Any]:
    """A commit as the list of commits shows it."""
    address = f"{API}/repos/{of.name}/commits/{one.sha}"
    signature = {"name": one.by.title(), "email": f"{one.by}@team.example", "date": written(one.at)}
    return {
        "url": address,
        "sha": one.sha,
        "node_id": node("C", one.sha),
        "html_url": f"{WEB}/{of.name}/commit/{one.sha}",
        "comments_url": f"{address}/comments",
        "commit": {
            "url": f"{API}/repos/{of.name}/git/commits/{one.sha}",
            "author": signature,
            "committer": signature,
            "message": one.message,
            "tree": {"sha": one.tree, "url": f"{API}/repos/{of.name}/git/trees/{one.tree}"},
            "comment_count": 0,
            "verification": _UNSIGNED,
        },
        "author": user(one.by),
        "committer": user(one.by),
        "parents": [_parent(of, sha) for sha in one.parents],
    }


def git_commit(of: Repository, one: Commit) -> dict[str, Any]:
    """A commit as git has it."""
    whole = commit(of, one)
    inner = whole["commit"]
    kept = {name: inner[name] for name in ("url", "author", "committer", "message", "tree", "verification")}
    return {**kept, **{name: whole[name] for name in ("sha", "node_id", "html_url", "parents")}}


_UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def _parent(of: Repository, sha: str) -> dict[str, Any]:
    address = f"{API}/repos/{of.name}/commits/{sha}"
    return {"url": address, "sha": sha, "html_url": f"{WEB}/{of.name}/commit/{sha}"}


def ref(of: Repository, branch: str) -> dict[str, Any]:
    """A branch."""
    sha, address = of.branches[branch], f"{API}/repos/{of.name}/git"
    return {
        "ref": f"refs/heads/{branch}",
        "node_id": node("REF", branch),
        "url": f"{address}/refs/heads/{branch}",
        "object": {"type": "commit", "sha": sha, "url": f"{address}/commits/{sha}"},
    }


def issue(of: Repository, one: Issue) -> dict[str, Any]:
    """An issue; a pull request is one too, and says so."""
    address, kind = f"{API}/repos/{of.name}/issues/{one.number}", "issues"
    more: dict[str, Any] = {}
    if isinstance(one, PullRequest):
        kind, page = "pull", f"{WEB}/{of.name}/pull/{one.number}"
        more["pull_request"] = {
            "url": f"{API}/repos/{of.name}/pulls/{one.number}",
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": at(one.merged_at),
        }
    return {
        **_common(of, one),
        "url": address,
        "repository_url": f"{API}/repos/{of.name}",
        "labels_url": f"{address}/labels",
        "comments_url": f"{address}/comments",
        "events_url": f"{address}/events",
        "html_url": f"{WEB}/{of.name}/{kind}/{one.number}",
        "comments": 0,
        "state_reason": one.state_reason,
        **more,
    }


def _common(of: Repository, one: Issue) -> dict[str, Any]:
    return {
        "id": one.number * 1000,
        "node_id": node_of(of, one),
        "number": one.number,
        "state": one.state,
        "title": one.title,
        "body": one.body,
        "user": user(one.by),
        "labels": [{"id": 1, "node_id": "L_1", "name": name, "color": "f29513"} for name in one.labels],
        "assignee": user(one.assignees[0]) if one.assignees else None,
        "assignees": [user(login) for login in one.assignees],
        "milestone": None,
        "locked": False,
        "active_lock_reason": None,
        "author_association": "MEMBER",
        "created_at": written(one.created_at),
        "updated_at": written(one.updated_at),
        "closed_at": at(one.closed_at),
    }


def node_of(of: Repository, one: Issue) -> str:
    """What GraphQL calls it."""
    return node("PR" if isinstance(one, PullRequest) else "I", f"{of.name}{one.number}")


def pull_request(of: Repository, one: PullRequest) -> dict[str, Any]:
    """A pull request as the list of them shows it."""
    address, page = f"{API}/repos/{of.name}/pulls/{one.number}", f"{WEB}/{of.name}/pull/{one.number}"
    urls = ("commits", "review_comments", "review_comment", "comments", "statuses", "issue")
    return {
        **_common(of, one),
        "url": address,
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        **{f"{name}_url": f"{address}/{name}" for name in urls},
        "merged_at": at(one.merged_at),
        "merge_commit_sha": one.merge_sha,
        "requested_reviewers": [],
        "requested_teams": [],
        "head": _side(of, one.head, one.head_sha),
        "base": _side(of, one.base, one.base_sha),
        "_links": {name: {"href": f"{address}/{name}"} for name in _LINKS},
        "auto_merge": None,
        "draft": False,
    }


def whole_pull_request(of: Repository, one: PullRequest) -> dict[str, Any]:
    """A pull request that is read alone."""
    return {
        **pull_request(of, one),
        "merged": one.merged_at is not None,
        "mergeable": not one.conflicts,
        "rebaseable": not one.conflicts,
        "mergeable_state": "dirty" if one.conflicts else "clean",
        "merged_by": user(one.by) if one.merged_at else None,
        "maintainer_can_modify": False,
        "commits": one.commits,
        **dict.fromkeys(("comments", "review_comments", "additions", "deletions", "changed_files"), 0),
    }


def _side(of: Repository, branch: str, sha: str) -> dict[str, Any]:
    owner = of.name.partition("/")[0]
    return {
        "label": f"{owner}:{branch}", "ref": branch, "sha": sha, "user": user(owner), "repo": repository(of),
    }  # fmt: skip


def deployment(of: Repository, one: Deployment) -> dict[str, Any]:
    """A deployment."""
    address = f"{API}/repos/{of.name}/deployments/{one.id}"
    return {
        "url": address,
        "id": one.id,
        "node_id": node("DE", one.id),
        "sha": one.sha,
        "ref": one.ref,
        "task": "deploy",
        "payload": {},
        "original_environment": one.environment,
        "environment": one.environment,
        "description": None,
        "creator": user(one.by),
        "created_at": written(one.at),
        "updated_at": written(one.at),
        "statuses_url": f"{address}/statuses",
        "repository_url": f"{API}/repos/{of.name}",
        "transient_environment": False,
        "production_environment": one.environment == "production",
    }


def status(of: Repository, one: Deployment, told: Status) -> dict[str, Any]:
    """One status of a deployment."""
    address = f"{API}/repos/{of.name}/deployments/{one.id}"
    return {
        "url": f"{address}/statuses/{told.id}",
        "id": told.id,
        "node_id": node("DES", told.id),
        "state": told.state,
        "creator": user(one.by),
        "description": "",
        "environment": one.environment,
        "target_url": "",
        "created_at": written(told.at),
        "updated_at": written(told.at),
        "deployment_url": address,
        "repository_url": f"{API}/repos/{of.name}",
        "environment_url": "",
        "log_url": "",
    }
