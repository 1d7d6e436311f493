"""GitHub's fake: repositories under `/github/repos`, GraphQL at `/github/graphql`."""

from starlette.routing import Route

from stanch.sandbox.github.door import Door, shape
from stanch.sandbox.github.git import Git
from stanch.sandbox.github.graphql import GraphQL
from stanch.sandbox.github.history import History
from stanch.sandbox.github.issues import Issues
from stanch.sandbox.github.keys import GitHubKey
from stanch.sandbox.github.world import GitHubWorld
from stanch.sandbox.ground import Vendor


def routes(world: GitHubWorld) -> list[Route]:
    """All of GitHub's endpoints."""
    door = Door(world)
    parts = (History(door), Git(door), Issues(door), GraphQL(door))
    return [route for part in parts for route in part.routes()]


VENDOR = Vendor(name="github", world=GitHubWorld, routes=routes, keys=tuple(GitHubKey), refusal=shape)
