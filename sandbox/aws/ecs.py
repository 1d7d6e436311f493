"""ECS's operations on services and their deployments."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.bodies import deployment_body, described_body, revision_body, service_body
from sandbox.aws.calls import AwsCall
from sandbox.aws.definitions import TaskDefinition
from sandbox.aws.deployments import ServiceDeployment
from sandbox.aws.replies import RefusedError
from sandbox.aws.rollouts import EcsService
from sandbox.aws.world import AwsWorld

Operation = Callable[[AwsCall], dict[str, Any]]
_MOST_SERVICES = 10
_MOST_REVISIONS = 20
_PAGE = 20
_FARGATE = {
    "256": (512, 1024, 2048),
    "512": range(1024, 4097, 1024),
    "1024": range(2048, 8193, 1024),
    "2048": range(4096, 16385, 1024),
    "4096": range(8192, 30721, 1024),
}
"""Sizes of Fargate's that a task may have, as far as they are played."""


class Ecs:
    """Services, deployments, revisions and task definitions."""

    def __init__(self, world: AwsWorld) -> None:
        self._world = world

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "DescribeServices": self.describe,
            "UpdateService": self.update,
            "ListServiceDeployments": self.deployments,
            "DescribeServiceDeployments": self.described,
            "DescribeServiceRevisions": self.revisions,
            "StopServiceDeployment": self.stop,
            "DescribeTaskDefinition": self.definition,
            "ListTaskDefinitions": self.definitions,
            "RegisterTaskDefinition": self.register,
        }

    def describe(self, call: AwsCall) -> dict[str, Any]:
        """Services; one that is not there is a failure in a good answer."""
        if len(call.given["services"]) > _MOST_SERVICES:
            raise RefusedError("InvalidParameterException", "services can have at most 10 items.")
        found, missing = [], []
        for name in call.given["services"]:
            service = self._world.service(call, name)
            if service is None:
                arn = f"arn:aws:ecs:{call.region}:123456789012:service/{name}"
                missing.append({"arn": arn, "reason": "MISSING"})
                continue
            service.observe()
            stale = service.before_until is not None and self._world.clock.now() < service.before_until
            found.append(service.before if stale else service_body(service))
        return {"services": found, "failures": missing}

    def update(self, call: AwsCall) -> dict[str, Any]:
        """Whatever is named changes; a task definition or force begins a deployment."""
        service, given = self._service(call), call.given
        if service.status != "ACTIVE":
            raise RefusedError("ServiceNotActiveException", "Service was not ACTIVE.")
        wanted = self._wanted(service, given.get("taskDefinition"))
        self._world.refuse_to_start()
        service.before = service_body(service)
        service.before_until = self._world.clock.now() + self._world.late.services
        if service.controller != "ECS" and given.keys() & {"taskDefinition", "forceNewDeployment"}:
            raise RefusedError(
                "InvalidParameterException",
                f"Unable to update task definition on services with a {service.controller} deployment"
                " controller. Use AWS CodeDeploy to trigger a new deployment.",
            )
        if "desiredCount" in given and given["desiredCount"] != service.desired:
            was, service.desired = service.desired, given["desiredCount"]
            self._world.ledger.record("aws.set_desired_count", service.name, was=was, to=service.desired)
        if wanted is not service.definition:
            was_arn = service.definition.arn
            service.begin(wanted)
            self._world.ledger.record("aws.deploy", service.name, was=was_arn, to=wanted.arn)
        elif given.get("forceNewDeployment"):
            made = service.begin(wanted)
            self._world.ledger.record("aws.restart_service", service.name, to=made.id)
        return {"service": service_body(service)}

    def deployments(self, call: AwsCall) -> dict[str, Any]:
        """Everything that was ever deployed, a page at a time."""
        service, given = self._service(call), call.given
        if service.controller != "ECS":
            raise RefusedError("UnsupportedFeatureException", "The service does not use the ECS controller.")
        listed = self._world.clock.now() - self._world.late.services
        after = (given.get("createdAt") or {}).get("after", 0)
        found = [
            one
            for one in service.deployments
            if datetime.fromtimestamp(after, UTC) <= one.created_at <= listed
        ]
        if given.get("status"):
            found = [one for one in found if one.status in given["status"]]
        start, size = int(given.get("nextToken") or 0), int(given.get("maxResults") or _PAGE)
        body: dict[str, Any] = {
            "serviceDeployments": [deployment_body(service, one) for one in found[start : start + size]]
        }
        return {**body, "nextToken": str(start + size)} if len(found) > start + size else body

    def described(self, call: AwsCall) -> dict[str, Any]:
        """Deployments looked at closely; one that nobody knows is a failure in a good answer."""
        every = self._deployments()
        known = {one.arn: described_body(service, one) for service, one in every}
        return _known("serviceDeployments", call.given["serviceDeploymentArns"], known)

    def stop(self, call: AwsCall) -> dict[str, Any]:
        """What has not ended is rolled back; asked again, it goes on with that.

        docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html, read 2026-11.
        """
        arn = call.given["serviceDeploymentArn"]
        for service in self._world.services.values():
            first = service.rolling[0]
            if first.whole.arn == arn and first.state == "IN_PROGRESS" and not first.returns:
                service.go_back(first, "Service deployment rolled back because of a user request.")
                self._world.ledger.record(
                    "aws.stop_service_deployment", service.name, was=first.definition.arn
                )
            if first.whole.arn == arn and first.whole.finished_at is None:
                return {"serviceDeploymentArn": arn}
        raise RefusedError("ConflictException", "The service deployment is not in a state to be stopped.")

    def revisions(self, call: AwsCall) -> dict[str, Any]:
        """What deployments deployed; one that nobody knows is a failure in a good answer."""
        wanted = call.given["serviceRevisionArns"]
        if len(wanted) > _MOST_REVISIONS:
            raise RefusedError("InvalidParameterException", "serviceRevisionArns can have at most 20 items.")
        known = {one.revision_arn: revision_body(service, one) for service, one in self._deployments()}
        return _known("serviceRevisions", wanted, known)

    def definition(self, call: AwsCall) -> dict[str, Any]:
        """One task definition, by ARN, or by family and revision."""
        found = self._world.definition(call.given["taskDefinition"])
        return {
            "taskDefinition": found.body(),
            "tags": found.tags if "TAGS" in call.given.get("include", []) else [],
        }

    def definitions(self, call: AwsCall) -> dict[str, Any]:
        """The revisions of a family, the newest first."""
        given = call.given
        every = [
            one
            for service in self._world.services.values()
            for one in service.definitions.values()
            if one.family == given.get("familyPrefix") and one.status == given.get("status", "ACTIVE")
        ]
        every.sort(key=lambda one: one.revision, reverse=given.get("sort") == "DESC")
        return {"taskDefinitionArns": [one.arn for one in every[: int(given.get("maxResults", 100))]]}

    def register(self, call: AwsCall) -> dict[str, Any]:
        """The family's next revision, each time another; its code is that of the image that it names."""
        given = call.given
        service = next(
            one
            for one in self._world.services.values()
            if any(each.family == given["family"] for each in one.definitions.values())
        )
        if int(given["memory"]) not in _FARGATE.get(given["cpu"], ()):
            raise RefusedError("ClientException", "No Fargate configuration exists for given values.")
        container = given["containerDefinitions"][0]
        code = container["image"].rpartition(":")[2]
        like = next(one for one in service.definitions.values() if one.code == code)
        made = service.define(
            max(one.revision for one in service.definitions.values()) + 1,
            good=like.good,
            starts=like.starts,
            crashes=like.crashes,
            sidecar=like.sidecar,
            exit_code=like.exit_code,
            image=code,
            cpu=given["cpu"],
            memory=given["memory"],
            environment={one["name"]: one["value"] for one in container.get("environment", [])},
            secrets={one["name"]: one["valueFrom"] for one in container.get("secrets", [])},
            tags=list(given.get("tags", [])),
        )
        return {"taskDefinition": made.body(), "tags": made.tags}

    def _deployments(self) -> Iterator[tuple[EcsService, ServiceDeployment]]:
        return ((service, one) for service in self._world.services.values() for one in service.deployments)

    def _service(self, call: AwsCall) -> EcsService:
        found = self._world.service(call, call.given["service"])
        if found is None:
            raise RefusedError("ServiceNotFoundException", "Service not found.")
        return found

    def _wanted(self, service: EcsService, named: str | None) -> TaskDefinition:
        if named is None:
            return service.definition
        found = self._world.definition(named)
        if found.status != "ACTIVE":
            raise RefusedError("ClientException", "TaskDefinition is inactive")
        return found


def _known(kind: str, wanted: Sequence[str], known: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of what was asked for; what is not is a failure in a good answer."""
    return {
        kind: [known[arn] for arn in wanted if arn in known],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in wanted if arn not in known],
    }
