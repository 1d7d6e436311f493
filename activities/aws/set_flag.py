"""`aws.set_flag`: one key of an AppConfig configuration, by a new hosted version and its deployment.

Everything else is as in the version that is in force. The new version is found again by its description,
its deployment by the version; AppConfig checks that nobody made another version meanwhile.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import Field, JsonValue, StrictBool, StrictFloat, StrictInt

from activities.aws import flags
from activities.aws.appconfig import AT_ONCE, AppConfigSettings, Configurations, Deployment, Version
from activities.aws.by_hand import command
from activities.aws.client import Aws
from activities.contract import Seen, Verb, arguments_of, same
from activities.open_values import Raised, Special, as_raised, raised
from stanch.errors import PolicyError, Rejected
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import VerbSpec
from stanch.rules import Rule

VERSION = "version"
"""The unit that is the new version; the other one is the key."""
EFFECTS = (
    "whoever reads the configuration gets the value at its next poll",
    "no other deployment to the environment can begin until this one has baked, ten minutes as a rule",
)
_Plain = StrictBool | StrictInt | StrictFloat | Annotated[str, Field(max_length=200)]
_Name = Annotated[str, Field(min_length=1, max_length=128)]


class SetFlagArguments(Written):
    """Which key of which configuration; `true` and `false` switch a feature flag."""

    application: _Name
    environment: _Name
    profile: _Name
    key: _Name
    value: Annotated[Raised | _Plain, Special(as_raised, _Plain)]
    strategy: Annotated[str, Field(pattern=r"^[A-Za-z0-9.]{1,64}$")] = AT_ONCE
    """How it is rolled out: the identifier of a deployment strategy that gives it to everybody at once."""


class SetFlag(Verb[Aws]):
    """Makes a version that differs in one key, and deploys it."""

    spec: ClassVar = VerbSpec(
        name="aws.set_flag",
        says="One key of an AppConfig configuration: a new version like the one in force, deployed at once",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="some seconds; everybody gets it while it bakes",
            visitors_after=timedelta(seconds=45),
            visitors="at their agent's next poll",
            limits="one deployment at a time for each environment",
        ),
        arguments=SetFlagArguments,
        of="aws",
        instant=True,
        effects=EFFECTS,
        takes=timedelta(hours=1),  # AppConfig: half an hour to roll out, as long to bake
        needs=(
            "appconfig:CreateHostedConfigurationVersion",
            "appconfig:GetDeploymentStrategy",
            "appconfig:GetHostedConfigurationVersion",
            "appconfig:ListApplications",
            "appconfig:ListConfigurationProfiles",
            "appconfig:ListDeployments",
            "appconfig:ListEnvironments",
            "appconfig:ListHostedConfigurationVersions",
            "appconfig:StartDeployment",
            "appconfig:StopDeployment",
        ),
    )
    look_again_in: ClassVar = timedelta(seconds=5)

    def __init__(self, aws: Aws) -> None:
        super().__init__(aws)
        self._configurations = Configurations(aws)

    async def plan(self, request: PlanRequest) -> Change:
        """Resolves names and the version in force; refuses while another deployment is under way."""
        wanted = arguments_of(SetFlagArguments, request)
        target, known = request.target, self._configurations
        await known.refuse_slow(target, wanted.strategy)
        where = await known.address(target, wanted.application, wanted.environment, wanted.profile)
        deployments = await known.deployments(target, where)
        _refuse_while_deploying(deployments)
        current = next((one for one in deployments if one.name == where.profile_name and one.in_force), None)
        if current is None:
            raise PolicyError(
                Rule.NOTHING_IN_FORCE, f"{wanted.profile} was never deployed to {wanted.environment}"
            )
        was = await known.value(target, where, current.version, wanted.key)
        to = raised(wanted.key, wanted.value, was) if isinstance(wanted.value, Raised) else wanted.value
        flags.refuse_what_is_none(wanted.key, to, was, flag=where.flags)
        latest = (await known.versions(target, where))[0].number
        new = Unit(id=VERSION, was=latest, to=f"{wanted.key}={to}")
        return self.change(
            request,
            () if same(was, to) else (new, Unit(id=wanted.key, was=was, to=to)),
            f"set {wanted.key}={to} in {wanted.profile} for {wanted.environment}",
            because=f"version {current.version} is in force, where it {flags.told(was)}",
            effects=_effects(latest, current.version, was),
            settings=AppConfigSettings(
                where=where, in_force=current.version, strategy=wanted.strategy, mark=request.marker
            ),
            nothing_to_do=f"{wanted.key} {flags.told(was)} already",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """The version first, in both directions: without it there is nothing to deploy."""
        settings, target = AppConfigSettings.of(change), change.target
        versions = await self._configurations.versions(target, settings.where)
        deployments = await self._configurations.deployments(target, settings.where)
        ours = settings.ours(versions)
        seen = {}
        for unit in sorted(change.units, key=lambda unit: unit.id != VERSION):
            if unit.id == VERSION:
                seen[unit.id] = _seen_version(change, unit, ours, versions)
            else:
                seen[unit.id] = await self._seen_value(change, unit, ours, deployments)
        return seen

    async def write(self, change: Change, unit: Unit) -> None:
        """Makes the version, or deploys it; on the way back, stops what bakes or deploys the old one."""
        known, target, settings = self._configurations, change.target, AppConfigSettings.of(change)
        where = settings.where
        if unit.id == VERSION:
            flag = next(one for one in change.units if one.id != VERSION)
            latest = int(str(unit.was))
            await known.create(target, settings, latest, flag.id, _plain(flag.to))
            return
        deployments = await known.deployments(target, where)
        ours = str(settings.ours(await known.versions(target, where)))
        open_one = next((one for one in deployments if one.is_open), None)
        environment = {"ApplicationId": where.application, "EnvironmentId": where.environment}
        if change.goes_back and open_one and (open_one.version, open_one.name) == (ours, where.profile_name):
            # Without AllowRevert only one that is DEPLOYING can be stopped (botocore 1.44, StopDeployment).
            which = {**environment, "DeploymentNumber": open_one.number, "AllowRevert": True}
            await self.vendor.call(target, "appconfig:StopDeployment", **which)
            return
        await self.vendor.call(
            target,
            "appconfig:StartDeployment",
            **environment,
            ConfigurationProfileId=where.profile,
            ConfigurationVersion=settings.in_force if change.goes_back else ours,
            DeploymentStrategyId=settings.strategy,
            Description=change.marker,
            LatestDeploymentNumber=deployments[0].number if deployments else 0,
        )

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """A version made by hand from the one in force, then `aws appconfig start-deployment`."""
        settings, target = AppConfigSettings.of(change), change.target
        where = settings.where
        profile = {"application_id": where.application, "configuration_profile_id": where.profile}
        environment = {"environment_id": where.environment}
        begin = command(
            target,
            "appconfig start-deployment",
            **profile,
            **environment,
            deployment_strategy_id=settings.strategy,
            configuration_version=settings.in_force if change.goes_back else None,
        )
        if change.goes_back:
            application = {"application_id": where.application}
            stop = command(
                target, "appconfig stop-deployment", **application, **environment, allow_revert=True
            )
            return [f"{stop} --deployment-number $NUMBER  # while it deploys or bakes; afterwards:", begin]
        base = int(settings.in_force)
        get = command(target, "appconfig get-hosted-configuration-version", **profile, version_number=base)
        create = command(
            target,
            "appconfig create-hosted-configuration-version",
            **profile,
            content="fileb://configuration.json",
            content_type="application/json",
        )
        said = ", ".join(f"{unit.id}={unit.to}" for unit in change.units if unit.id != VERSION)
        return [
            f"{get} configuration.json",
            f"{create} version.json  # after setting {said} in configuration.json",
            f"{begin} --configuration-version $VERSION  # the VersionNumber that was answered",
        ]

    async def _seen_value(
        self, change: Change, unit: Unit, ours: int | None, deployments: list[Deployment]
    ) -> Seen:
        settings = AppConfigSettings.of(change)
        mine = [one for one in deployments if one.name == settings.where.profile_name]
        newest = next(iter(mine), None)
        if newest and newest.taken_back and newest.version == str(ours) and not change.goes_back:
            ended = newest.state.lower().replace("_", " ")
            text = f"AppConfig has {ended} the deployment of version {ours}"
            raise Rejected("aws", f"{text}: an alarm fired, or somebody stopped it")
        current = next((one for one in mine if one.in_force), None)
        version = newest.version if newest and newest.state in {"VALIDATING", "DEPLOYING"} else None
        version = version or (current.version if current else settings.in_force)
        value = await self._configurations.value(change.target, settings.where, version, unit.id)
        busy = next((one for one in deployments if one.at_work), None)
        if busy and busy is newest and busy.version == str(ours) and change.goes_back:
            # Ours is stopped where it stands, however far it came.
            busy = busy if busy.taken_back else None
        return Seen(
            value, f"deployment {busy.number} is {busy.state.lower()}, {busy.percent:.0f} %" if busy else ""
        )


def _refuse_while_deploying(deployments: list[Deployment]) -> None:
    busy = next((one for one in deployments if one.is_open), None)
    if busy:
        raise PolicyError(
            Rule.DEPLOYMENT_IN_PROGRESS,
            f"AppConfig's deployment {busy.number} of {busy.name} is {busy.state.lower()}:"
            " an environment takes one at a time (to take it back: aws appconfig stop-deployment"
            f" --deployment-number {busy.number} --allow-revert)",
        )


def _effects(latest: int, in_force: str, was: JsonValue) -> tuple[str, ...]:
    skipped = f"version {latest}, which is not in force, is left out of the new one"
    variants = f"it {flags.told(was)}; every variant is switched off"
    newer, several = str(latest) != in_force, isinstance(was, dict)
    return (*EFFECTS, *([skipped] if newer else []), *([variants] if several else []))


def _seen_version(change: Change, unit: Unit, ours: int | None, versions: list[Version]) -> Seen:
    if ours is not None or change.goes_back:
        # A version that is not deployed harms nobody and stays on the way back.
        return Seen(unit.to, shown=ours)
    return Seen(versions[0].number if versions else 0)


def _plain(value: object) -> JsonValue:
    if isinstance(value, (bool, int, float, str)):
        return value
    raise Rejected("aws", "the plan names no value for this key")
