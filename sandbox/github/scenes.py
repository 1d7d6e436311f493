"""A repository as it stands just before somebody is woken."""

import itertools
from datetime import timedelta

from sandbox.base import SandboxBase
from sandbox.github.world import GitHubWorld

REPOSITORY = "team/shop"


def code(sandbox: SandboxBase) -> None:
    """Three merged pull requests, each deployed at once; the last one ten minutes ago, and it is bad."""
    repository = sandbox.of(GitHubWorld).add(REPOSITORY)
    repository.push("main", "first steps", timedelta(days=90))
    repository.open_issue("Slow search", "It takes long.")
    merged = (
        ("cart: smaller images", "smaller-images", timedelta(days=5)),
        ("checkout: new address form", "new-address-form", timedelta(days=1)),
        ("checkout: new totals", "new-totals", timedelta(minutes=10)),
    )
    for number, (title, branch, ago) in zip(itertools.count(2), merged, strict=False):
        repository.push(branch, title, ago + timedelta(minutes=20))
        opened = repository.open_pull_request(title, f"What it does, number {number}.", branch)
        made = repository.merge(opened, ago)
        repository.deploy(made.sha, ago - timedelta(minutes=1))
