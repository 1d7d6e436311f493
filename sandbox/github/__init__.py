"""GitHub's fake: repositories under `/github/repos`, GraphQL at `/github/graphql`."""

from starlette.routing import Route

from sandbox.base import Vendor
from sandbox.github.door import GitHubDoor, shape
from sandbox.github.furnish import FURNISHINGS
from sandbox.github.git import Git
from sandbox.github.graphql import GraphQL
from sandbox.github.history import History
from sandbox.github.issues import Issues
from sandbox.github.keys import GitHubKey
from sandbox.github.world import GitHubWorld


def routes(world: GitHubWorld) -> list[Route]:
    """All of GitHub's endpoints."""
    door = GitHubDoor(world)
    parts = (History(door), Git(door), Issues(door), GraphQL(door))
    return [route for part in parts for route in part.routes()]


VENDOR = Vendor(
    name="github",
    world=GitHubWorld,
    routes=routes,
    keys=tuple(GitHubKey),
    refusal=shape,
    furnishings=FURNISHINGS,
)
