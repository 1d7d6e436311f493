"""AppConfig's operations: versions under a lock, and one deployment at a time in each environment."""

import json
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from sandbox.aws.calls import AwsCall
from sandbox.aws.ecs import Operation
from sandbox.aws.managed import Application, Environment, HostedVersion, Profile, Rollout, named
from sandbox.aws.replies import RefusedError
from sandbox.aws.world import AwsWorld
from sandbox.timetable import Timetable

_CONFLICT, _NOT_FOUND = 409, 404
_OPEN = ("VALIDATING", "DEPLOYING", "BAKING")
_REVERTED_WITHIN = timedelta(hours=72)


_STRATEGIES = {"AppConfig.AllAtOnce": 0, "AppConfig.Linear20PercentEvery6Minutes": 30, "at1once": 0}


class AppConfig:
    """Applications, their environments and configurations."""

    def __init__(self, world: AwsWorld) -> None:
        self._world = world

    def operations(self) -> dict[str, Operation]:
        """By their names, but for those whose answer is the configuration itself."""
        return {
            "ListApplications": lambda _: {
                "Items": [named(one) for one in self._world.applications.values()]
            },
            "ListEnvironments": self.environments,
            "ListConfigurationProfiles": self.profiles,
            "ListHostedConfigurationVersions": self.versions,
            "ListDeployments": self.rollouts,
            "GetDeploymentStrategy": self.strategy,
            "StartDeployment": self.start,
            "StopDeployment": self.stop,
        }

    def strategy(self, call: AwsCall) -> dict[str, Any]:
        """How a deployment goes out; most of AppConfig's own take their time."""
        name = call.given["DeploymentStrategyId"]
        if name not in _STRATEGIES:
            raise RefusedError("ResourceNotFoundException", f"Could not find {name}", 404)
        return {"Id": name, "Name": name, "DeploymentDurationInMinutes": _STRATEGIES[name]}

    def environments(self, call: AwsCall) -> dict[str, Any]:
        """Where an application is deployed."""
        app = self._application(call)
        shown = [
            named(one, ApplicationId=app.id, State="READY_FOR_DEPLOYMENT")
            for one in app.environments.values()
        ]
        return {"Items": shown}

    def profiles(self, call: AwsCall) -> dict[str, Any]:
        """An application's configurations."""
        app = self._application(call)
        return {
            "Items": [
                named(one, ApplicationId=app.id, Type=one.type, LocationUri=one.location)
                for one in app.profiles.values()
            ]
        }

    def versions(self, call: AwsCall) -> dict[str, Any]:
        """A configuration's versions, newest first, without what they hold."""
        app, profile = self._profile(call)
        shown = [
            {
                "ApplicationId": app.id,
                "ConfigurationProfileId": profile.id,
                "VersionNumber": one.number,
                "Description": one.description,
                "ContentType": one.content_type,
            }
            for one in reversed(profile.versions)
        ]
        return {"Items": shown}

    def content(self, call: AwsCall) -> Response:
        """What a version holds, as it is."""
        app, profile = self._profile(call)
        number = int(call.given["VersionNumber"])
        found = next((one for one in profile.versions if one.number == number), None)
        if found is None:
            raise RefusedError("ResourceNotFoundException", f"Version {number} not found.", _NOT_FOUND)
        return _hosted(app, profile, found)

    def create(self, call: AwsCall) -> Response:
        """The next version, if the latest is the one that was expected."""
        app, profile = self._profile(call)
        latest = max((one.number for one in profile.versions), default=0)
        expected = int(call.headers.get("latest-version-number", latest))
        if expected != latest:
            raise RefusedError("ConflictException", f"The latest version is {latest}", _CONFLICT)
        made = HostedVersion(
            latest + 1, call.body, call.headers["content-type"], call.headers.get("description", "")
        )
        profile.versions.append(made)
        self._world.ledger.record(
            "aws.create_configuration", profile.name, to=made.number, marker=made.description
        )
        return _hosted(app, profile, made, 201)

    def rollouts(self, call: AwsCall) -> dict[str, Any]:
        """An environment's deployments, newest first, as far as they are now."""
        environment = self._environment(call)
        for one in environment.rollouts:
            for state in one.timetable.arrived():
                one.state = state
        return {"Items": [_rollout(one) for one in environment.rollouts]}

    def start(self, call: AwsCall) -> dict[str, Any]:
        """A version is deployed, unless another deployment is still open."""
        environment, given = self._environment(call), _body(call)
        profile = self._application(call).profiles[given["ConfigurationProfileId"]]
        open_one = next((one for one in environment.rollouts if one.state in _OPEN), None)
        newest = environment.rollouts[0].number if environment.rollouts else 0
        if open_one or int(given.get("LatestDeploymentNumber", newest)) != newest:
            raise RefusedError("ConflictException", "Deployment is already in progress", _CONFLICT)
        version = int(given["ConfigurationVersion"])
        before = environment.in_force(profile)
        clock, says = self._world.clock, given.get("Description", "")
        made = Rollout(newest + 1, profile, version, says, clock.now(), Timetable(clock), state="DEPLOYING")
        made.timetable.set_out((self._world.pace.rollout, "BAKING"))
        environment.rollouts.insert(0, made)
        self._world.ledger.record(
            "aws.start_deployment",
            environment.name,
            was=before.version if before else None,
            to=version,
            marker=made.description,
        )
        return {**_rollout(made), "Description": made.description}

    def stop(self, call: AwsCall) -> dict[str, Any]:
        """A deployment is taken back: with AllowRevert also one that bakes, or was complete of late.

        botocore 1.44, appconfig, StopDeployment: without it only DEPLOYING ones, with it 72 hours long.
        """
        environment, number = self._environment(call), int(call.given["DeploymentNumber"])
        found = next((one for one in environment.rollouts if one.number == number), None)
        if found is None or found.state not in self._stoppable(found, call.headers.get("allow-revert")):
            raise RefusedError("BadRequestException", f"Deployment {number} cannot be stopped now.")
        last = "REVERTED" if found.state == "COMPLETE" else "ROLLED_BACK"
        found.state = "ROLLING_BACK"
        found.timetable.set_out((self._world.pace.alias, last))
        self._world.ledger.record("aws.stop_deployment", environment.name, was=found.version)
        return _rollout(found)

    def _stoppable(self, found: Rollout, allow_revert: str | None) -> tuple[str, ...]:
        if allow_revert != "true":
            return ("DEPLOYING",)
        late = self._world.clock.now() - found.started_at > _REVERTED_WITHIN
        return _OPEN if late else (*_OPEN, "COMPLETE")

    def _application(self, call: AwsCall) -> Application:
        found = self._world.applications.get(call.given["ApplicationId"])
        if found is None:
            raise RefusedError("ResourceNotFoundException", "Application not found.", _NOT_FOUND)
        return found

    def _environment(self, call: AwsCall) -> Environment:
        found = self._application(call).environments.get(call.given["EnvironmentId"])
        if found is None:
            raise RefusedError("ResourceNotFoundException", "Environment not found.", _NOT_FOUND)
        return found

    def _profile(self, call: AwsCall) -> tuple[Application, Profile]:
        app = self._application(call)
        found = app.profiles.get(call.given["ConfigurationProfileId"])
        if found is None:
            raise RefusedError("ResourceNotFoundException", "Configuration profile not found.", _NOT_FOUND)
        return app, found


def _body(call: AwsCall) -> dict[str, Any]:
    return {**json.loads(call.body or b"{}"), **call.given}


def _rollout(one: Rollout) -> dict[str, Any]:
    at: datetime = one.started_at
    return {
        "DeploymentNumber": one.number,
        "ConfigurationName": one.profile.name,
        "ConfigurationVersion": str(one.version),
        "DeploymentDurationInMinutes": 0,
        "FinalBakeTimeInMinutes": 10,
        "State": one.state,
        "PercentageComplete": 100.0 if one.state in ("BAKING", "COMPLETE") else 0.0,
        "StartedAt": at,
    }


def _hosted(app: Application, profile: Profile, version: HostedVersion, status: int = 200) -> Response:
    headers = {
        "Application-Id": app.id,
        "Configuration-Profile-Id": profile.id,
        "Version-Number": str(version.number),
        "Description": version.description,
    }
    return Response(version.content, status, headers, version.content_type)
