"""What only an account at Cloudflare can settle."""

from activities.cloudflare.bindings import HYPERDRIVE, bound
from activities.cloudflare.client import Cloudflare, pools
from activities.open_questions import OpenQuestion
from stanch.errors import PolicyError
from stanch.model.change import Target


async def _limits(cloudflare: Cloudflare, target: Target) -> str:
    """The fields of the Worker's Hyperdrive configuration; those of its database stay out."""
    try:
        config = await bound(cloudflare, target, HYPERDRIVE, "")
    except PolicyError as error:
        return f"nothing to ask of: {error}"
    found = await cloudflare.result("GET", pools(target, config)) or {}
    numbers = [f"{name} {value}" for name, value in sorted(found.items()) if type(value) is int]
    return f"fields: {', '.join(sorted(found))}; numbers: {', '.join(numbers) or 'none'}"


async def _previews(cloudflare: Cloudflare, target: Target) -> str:
    """How many deployable versions were never deployed, and whether the oldest deployed one has a number."""
    deployments = await cloudflare.deployments(target)
    listed = await cloudflare.versions(target)
    deployed = {version for one in deployments for version in one.split}
    never = [one for one in listed if one.id not in deployed]
    oldest = next(iter(deployments[-1].split))
    alone = await cloudflare.version(target, oldest)
    number = f"number {alone.number}" if alone.number else "no number"
    return (
        f"{len(listed)} versions with deployable=true, {len(never)} of them in no deployment;"
        f" the oldest deployed one, asked alone, has {number}"
    )


QUESTIONS = (
    OpenQuestion(
        "How late are invocations in GraphQL Analytics?",
        "Three minutes, and later where the newest minute has no request yet",
        by_hand="the query of activities/cloudflare/metrics.py of one minute, 1, 2, 3 and 5 min later",
    ),
    OpenQuestion(
        "Can the plan's limit of a Hyperdrive configuration be read?",
        "It cannot: a playbook says at_most, and Cloudflare refuses what is beyond the plan",
        _limits,
    ),
    OpenQuestion(
        "Are previews among the versions with deployable=true, and does an old version, asked alone, have its"
        " number?",
        "They are, and it has: a live version that a hundred previews have pushed out is asked for alone",
        _previews,
    ),
)
