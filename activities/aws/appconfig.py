"""AppConfig: hosted configurations, their versions, and the deployments that put one in force.

docs.aws.amazon.com/appconfig/2019-10-09/APIReference, read 2026-11. Only the wanted key of a configuration
leaves this module: whatever else it holds is nobody's business.
"""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from activities.aws import flags
from activities.aws.client import Aws
from activities.contract import Settings
from stanch.errors import PolicyError, Rejected, Unavailable
from stanch.model.base import Frozen
from stanch.model.change import Target
from stanch.rules import Rule

AT_ONCE = "AppConfig.AllAtOnce"
FEATURE_FLAGS = "AWS.AppConfig.FeatureFlags"
_JSON = "application/json"
_AT_WORK = {"VALIDATING", "DEPLOYING", "ROLLING_BACK"}
_IN_FORCE = {"BAKING", "COMPLETE"}
_TAKEN_BACK = {"ROLLED_BACK", "REVERTED", "ROLLING_BACK"}


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Named(_Answer):
    """An application, an environment or a configuration profile."""

    id: str = Field(alias="Id")
    name: str = Field(default="", alias="Name")
    type: str = Field(default="", alias="Type")
    location: str = Field(default="", alias="LocationUri")


class Version(_Answer):
    """One hosted version of a configuration."""

    number: int = Field(alias="VersionNumber")
    description: str = Field(default="", alias="Description")


class Deployment(_Answer):
    """One deployment to an environment."""

    number: int = Field(alias="DeploymentNumber")
    name: str = Field(default="", alias="ConfigurationName")
    version: str = Field(default="", alias="ConfigurationVersion")
    state: str = Field(default="", alias="State")
    percent: float = Field(default=0, alias="PercentageComplete")

    @property
    def at_work(self) -> bool:
        """True while it, or its way back, is under way."""
        return self.state in _AT_WORK

    @property
    def in_force(self) -> bool:
        """True when everybody gets it; while it bakes, AppConfig only watches the alarms."""
        return self.state in _IN_FORCE

    @property
    def is_open(self) -> bool:
        """True while no other deployment may begin, though everybody may get this one already."""
        return self.at_work or self.state == "BAKING"

    @property
    def taken_back(self) -> bool:
        """True when AppConfig or somebody went back from it."""
        return self.state in _TAKEN_BACK


class FlagAddress(Frozen):
    """Where a configuration is: public identifiers, resolved once in planning."""

    application: str
    environment: str
    profile: str
    profile_name: str
    flags: bool
    """True for a profile of feature flags, false for JSON of the team's own shape."""


class AppConfigSettings(Settings):
    """Where the configuration is, the version that was in force, and how the new one is rolled out."""

    where: FlagAddress
    in_force: str
    strategy: str
    mark: str
    """How the new version is found again: its description."""

    def ours(self, versions: Sequence[Version]) -> int | None:
        """The new version, once it was made."""
        return next((one.number for one in versions if one.description == self.mark), None)


class Configurations:
    """What AppConfig keeps for a target."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def address(self, target: Target, application: str, environment: str, profile: str) -> FlagAddress:
        """The identifiers behind names, or behind themselves."""
        app = await self._named(target, "Applications", application)
        where = {"ApplicationId": app.id}
        stage = await self._named(target, "Environments", environment, **where)
        found = await self._named(target, "ConfigurationProfiles", profile, **where)
        if found.location and found.location != "hosted":
            raise PolicyError(
                Rule.NOT_HOSTED, f"{profile} is kept at {found.location.partition(':')[0]}, not by AppConfig"
            )
        return FlagAddress(
            application=app.id,
            environment=stage.id,
            profile=found.id,
            profile_name=found.name,
            flags=found.type == FEATURE_FLAGS,
        )

    async def versions(self, target: Target, where: FlagAddress) -> list[Version]:
        """All hosted versions, newest first."""
        found, _ = await self._aws.pages(
            target,
            "appconfig:ListHostedConfigurationVersions",
            "Items",
            ApplicationId=where.application,
            ConfigurationProfileId=where.profile,
        )
        return sorted(
            (self._aws.parse(Version, one) for one in found), key=lambda one: one.number, reverse=True
        )

    async def deployments(self, target: Target, where: FlagAddress) -> list[Deployment]:
        """The newest deployments of the environment, of every profile, newest first."""
        found, _ = await self._aws.pages(
            target,
            "appconfig:ListDeployments",
            "Items",
            most=2,
            ApplicationId=where.application,
            EnvironmentId=where.environment,
            MaxResults=50,
        )
        return sorted(
            (self._aws.parse(Deployment, one) for one in found), key=lambda one: one.number, reverse=True
        )

    async def value(self, target: Target, where: FlagAddress, version: str, key: str) -> JsonValue:
        """What a version says of one key; None where it says nothing."""
        content = await self._content(target, where, version)
        if not where.flags:
            found: JsonValue = content.get(key)
            return found
        return flags.state((content.get("values") or {}).get(key))

    async def create(
        self, target: Target, settings: AppConfigSettings, latest: int, key: str, value: JsonValue
    ) -> None:
        """A version like the one in force but for one key; AppConfig refuses where another is the latest."""
        where = settings.where
        content = await self._content(target, where, settings.in_force)
        if where.flags:
            flag = flags.switched(content["values"][key], value)
            content = {**content, "values": {**content["values"], key: flag}}
        else:
            content = {**content, key: value}
        answer = await self._aws.call(
            target,
            "appconfig:CreateHostedConfigurationVersion",
            ApplicationId=where.application,
            ConfigurationProfileId=where.profile,
            Description=settings.mark,
            Content=json.dumps(content).encode(),
            ContentType=_JSON,
            LatestVersionNumber=latest,
        )
        if "VersionNumber" not in answer:
            raise Unavailable("aws", f"the new version of {where.profile_name} came as something else")

    async def refuse_slow(self, target: Target, strategy: str) -> None:
        """Raise where not everybody would get it at once; AppConfig's own strategy is known to do so."""
        if strategy == AT_ONCE:
            return
        action = "appconfig:GetDeploymentStrategy"
        minutes = (await self._aws.call(target, action, DeploymentStrategyId=strategy)).get(
            "DeploymentDurationInMinutes"
        )
        if minutes != 0:
            raise PolicyError(
                Rule.NOT_AT_ONCE,
                f"{strategy} takes {minutes} min until everybody has it: this verb asks nobody since it is"
                f" at once, as with {AT_ONCE}",
            )

    async def _content(self, target: Target, where: FlagAddress, version: str) -> dict[str, Any]:
        answer = await self._aws.call(
            target,
            "appconfig:GetHostedConfigurationVersion",
            ApplicationId=where.application,
            ConfigurationProfileId=where.profile,
            VersionNumber=int(version),
        )
        if "VersionNumber" not in answer:
            raise Unavailable("aws", f"version {version} of {where.profile_name} came as something else")
        if not str(answer.get("ContentType")).startswith(_JSON):
            raise PolicyError(
                Rule.NOT_JSON, f"{where.profile_name} holds no JSON, in which a key could be set"
            )
        try:
            content = json.loads(answer["Content"])
        except ValueError as error:
            raise Unavailable("aws", f"version {version} of {where.profile_name} is no JSON") from error
        if not isinstance(content, dict):
            raise PolicyError(
                Rule.NOT_JSON, f"{where.profile_name} holds no object, in which a key could be set"
            )
        return content

    async def _named(self, target: Target, kind: str, wanted: str, **where: Any) -> Named:
        found, _ = await self._aws.pages(target, f"appconfig:List{kind}", "Items", **where)
        parsed = [self._aws.parse(Named, one) for one in found]
        fitting = [one for one in parsed if wanted in (one.id, one.name)]
        if len(fitting) != 1:
            many = f"{len(fitting)} of the {len(parsed)} {kind}"
            raise Rejected("aws", f"{wanted!r} is the name of {many} of AppConfig", 404)
        return fitting[0]
