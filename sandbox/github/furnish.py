"""What a catalogue names of GitHub: repositories with the commits that were deployed."""

from datetime import timedelta

from sandbox.github.world import GitHubWorld
from sandbox.named_places import CodeState, Furnishings, Headway, Spot

_FIRST = timedelta(days=90)
_BUILDS = timedelta(minutes=1)
_TOLD = {Headway.LIVE: "success", Headway.FAILED: "failure", Headway.DEPLOYING: "in_progress"}


def _repository(world: GitHubWorld, place: Spot) -> None:
    """One repository may hold several services."""
    if place.said("repository") not in world.repositories:
        world.add(place.said("repository")).push("main", "First steps", _FIRST)


def _hear(world: GitHubWorld, place: Spot, revision: CodeState) -> None:
    """The commit was merged, and a platform told of its deployment, if there was one.

    Once, however many services it is of.
    """
    repository = world.repositories[place.said("repository")]
    if revision.commit in repository.commits:
        return
    branch = f"change-{revision.commit[:7]}"
    repository.push(branch, revision.title, revision.ago + _BUILDS, revision.by)
    opened = repository.open_pull_request(revision.title, "", branch, revision.by)
    repository.merge(opened, revision.ago + _BUILDS, revision.commit)
    if revision.headway in _TOLD:
        repository.deploy(revision.commit, revision.ago, _TOLD[revision.headway])


FURNISHINGS = Furnishings(beside={"github": _repository}, told={"github": _hear})
