"""A new revision of the task definition that a service runs, like it but for one thing, and its deployment.

RegisterTaskDefinition takes no condition and makes another revision each time: ours bears the change's name
as a tag and is looked for first. One that is not deployed harms nobody. Deploying goes by value, both ways
(docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition, read 2026-11).
"""

from collections.abc import Callable
from typing import Any

from activities.aws import ecs
from activities.aws.answers import Deployed, EcsService, name_of
from activities.aws.by_hand import command
from activities.aws.client import Aws, cluster_of
from activities.aws.under_way import READS, How, refuse, under_way
from activities.contract import Seen, Settings
from stanch.errors import PolicyError, Rejected, Unavailable
from stanch.model.change import Change, PlanRequest, Target, Unit
from stanch.rules import Rule

TAG = "stanch-change"
_GIVEN_BY_ECS = {
    "compatibilities", "deregisteredAt", "registeredAt", "registeredBy", "requiresAttributes", "revision",
    "status", "taskDefinitionArn",
}  # fmt: skip
_NEWEST = 5
"""So many revisions are looked at for ours: each is registered and deployed in one go."""
_OF_AWS = "aws:"
NEEDS = (
    "ecs:DescribeTaskDefinition",
    "ecs:ListTaskDefinitions",
    "ecs:RegisterTaskDefinition",
    "ecs:TagResource",
    "ecs:UpdateService",
    "iam:PassRole",
    *ecs.READS,
    *READS,
)
EFFECTS = (
    "starts new tasks before the old ones stop, as any deployment does",
    "a later run of the pipeline, Terraform or CDK deploys its own task definition again, without this",
)

Definition = dict[str, Any]
Edit = Callable[[Definition], Definition]


class RevisionSettings(Settings):
    """The revision that ran before, the newest deployment then, and how ours is found again: by its tag."""

    base: str
    newest: str
    mark: str


class Revisions:
    """What a service runs, and revisions like it."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def standing(self, request: PlanRequest) -> tuple[EcsService, Definition, RevisionSettings]:
        """The service and what it runs; raises where somebody deploys, or what is deployed has not ended."""
        target = request.target
        found = await ecs.standing(self._aws, target)
        releases = await ecs.deployments(self._aws, target)
        current = await under_way(self._aws, target, found, releases, request.as_of)
        refuse(target, found, current, request.as_of)
        if current is not None and current.how is How.BAKING:
            raise PolicyError(
                Rule.DEPLOYMENT_IN_PROGRESS,
                f"{current.what} bakes: another revision would end the time to go back from it at once",
            )
        whole, _ = await self._described(target, found.task_definition)
        newest = releases[0].service_deployment_arn if releases else ""
        return found, whole, RevisionSettings(base=found.task_definition, newest=newest, mark=request.marker)

    async def seen(self, change: Change, unit: Unit, settings: RevisionSettings) -> Seen:
        """By the revision that the service wants: the one before, ours, or another one's."""
        target = change.target
        # The service before its deployments: where ECS went back in between, they say so.
        found = await ecs.service(self._aws, target)
        releases = await ecs.deployments(self._aws, target)
        before, after = (unit.to, unit.was) if change.goes_back else (unit.was, unit.to)
        await self._refuse_given_up(change, settings, releases)
        returning = next((one for one in releases if one.going_back), None)
        at_it = f"ECS is at it: {returning.status.lower()}" if returning else ""
        wanted = found.task_definition
        shown = name_of(wanted)
        if wanted == settings.base:
            return Seen(before, at_it or (found.settling if change.goes_back else ""), shown=shown)
        if not await self._is_ours(change.target, settings, wanted):
            return Seen(None, shown=f"{shown}, which somebody else deployed")
        if found.has_failed:
            why = self._aws.clean(found.primary.rollout_state_reason) if found.primary else ""
            raise Rejected("aws", f"the deployment of {shown} failed: {why}")
        return Seen(after, at_it or ("" if change.goes_back else found.settling), shown=shown)

    async def deploy(self, change: Change, settings: RevisionSettings, edit: Edit) -> None:
        """Names the revision that ran before, or ours, which is registered unless it is there already."""
        target = change.target
        if change.goes_back:
            arn = settings.base
        else:
            arn = await self._ours(change, settings) or await self._registered(change, settings, edit)
        await self._aws.call(
            target,
            "ecs:UpdateService",
            cluster=cluster_of(target),
            service=target.name,
            taskDefinition=arn,
        )

    async def _registered(self, change: Change, settings: RevisionSettings, edit: Edit) -> str:
        whole, tags = await self._described(change.target, settings.base)
        kept = {name: value for name, value in whole.items() if name not in _GIVEN_BY_ECS}
        others = [one for one in tags if one["key"] != TAG and not one["key"].startswith(_OF_AWS)]
        answer = await self._aws.call(
            change.target,
            "ecs:RegisterTaskDefinition",
            **edit(kept),
            tags=[*others, {"key": TAG, "value": settings.mark}],
        )
        arn = (answer.get("taskDefinition") or {}).get("taskDefinitionArn")
        if not arn:
            raise Unavailable("aws", "the new task definition came as something else")
        return str(arn)

    async def _ours(self, change: Change, settings: RevisionSettings) -> str:
        """The revision that an earlier attempt registered; empty where none did."""
        family = name_of(settings.base).rpartition(":")[0]
        answer = await self._aws.call(
            change.target,
            "ecs:ListTaskDefinitions",
            familyPrefix=family,
            status="ACTIVE",
            sort="DESC",
            maxResults=_NEWEST,
        )
        for arn in answer.get("taskDefinitionArns") or []:
            if await self._is_ours(change.target, settings, arn):
                return str(arn)
        return ""

    async def _is_ours(self, target: Target, settings: RevisionSettings, arn: str) -> bool:
        _, tags = await self._described(target, arn)
        return any((one["key"], one["value"]) == (TAG, settings.mark) for one in tags)

    async def _described(self, target: Target, arn: str) -> tuple[Definition, list[dict[str, str]]]:
        answer = await self._aws.call(
            target, "ecs:DescribeTaskDefinition", taskDefinition=arn, include=["TAGS"]
        )
        found = answer.get("taskDefinition")
        if not found:
            raise Unavailable("aws", f"{name_of(arn)} came as something else")
        return found, answer.get("tags") or []

    async def _refuse_given_up(
        self, change: Change, settings: RevisionSettings, releases: list[Deployed]
    ) -> None:
        """Raise where ECS gave our deployment up: a second one of the same would fail alike."""
        newest = releases[0] if releases else None
        if newest is None or not newest.given_up or newest.service_deployment_arn == settings.newest:
            return
        (told,) = await ecs.carried(self._aws, change.target, [newest])
        ours = told.task_definition and await self._is_ours(change.target, settings, told.task_definition)
        if ours and not change.goes_back:
            ended = f"{newest.status.lower()}: {self._aws.clean(newest.status_reason)}"
            raise Rejected("aws", f"the deployment of {name_of(told.task_definition)} ended {ended}")


def by_hand(change: Change, settings: RevisionSettings, edits: str) -> list[str]:
    """The task definition fetched, edited and registered, or the earlier one named again."""
    target, base = change.target, name_of(settings.base)
    service = {"cluster": cluster_of(target), "service": target.name}
    if change.goes_back:
        return [command(target, "ecs update-service", **service, task_definition=base)]
    describe = command(
        target, "ecs describe-task-definition", task_definition=base, query="taskDefinition", output="json"
    )
    register = command(target, "ecs register-task-definition", cli_input_json="file://revision.json")
    dropped = ", ".join(f".{name}" for name in sorted(_GIVEN_BY_ECS))
    family = base.rpartition(":")[0]
    return [
        f"{describe} | jq 'del({dropped}) | {edits}' > revision.json",
        register,
        command(target, "ecs update-service", **service, task_definition=family),
    ]
