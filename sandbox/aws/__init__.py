"""AWS's fake, all services behind `/aws`: ECS and what stands around it by hand, the rest by moto."""

from starlette.routing import Route

from sandbox.aws import calls, replies
from sandbox.aws.door import AwsDoor
from sandbox.aws.furnish import FURNISHINGS
from sandbox.aws.keys import AwsKey
from sandbox.aws.world import AwsWorld
from sandbox.base import Vendor

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def routes(world: AwsWorld) -> list[Route]:
    """One endpoint: services are told apart by what signs a request, not by its path."""
    door = AwsDoor(world)
    return [Route(path, door.answer, methods=_METHODS) for path in ("/aws", "/aws/{path:path}")]


VENDOR = Vendor(
    name="aws",
    world=AwsWorld,
    routes=routes,
    keys=tuple(AwsKey),
    refusal=replies.ordered,
    malformed=400,
    path=calls.named,
    is_write=calls.is_write,
    emptied=replies.emptied,
    furnishings=FURNISHINGS,
)
