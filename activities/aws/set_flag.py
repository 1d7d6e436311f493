"""`aws.set_flag`: one key of an AppConfig configuration, by a new hosted version and its deployment.

Everything else is as in the version that is in force. The new version is found again by its description,
its deployment by the version; AppConfig checks that nobody made another version meanwhile.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import Field, JsonValue, StrictBool, StrictFloat, StrictInt

from activities.aws.appconfig import ConfigurationProfile as Where
from activities.aws.appconfig import Configurations, Deployment, Edit
from activities.aws.client import Aws
from activities.aws.flag_by_hand import VERSION, commands
from activities.contract import Verb, arguments_of
from stanch.errors import PolicyError, Rejected
from stanch.model.base import Written
from stanch.model.change import At, Change, Kind, Place, PlanRequest, Survey, Undo, UndoKind, Unit
from stanch.model.verb import Approval, NoHelp, VerbSpec
from stanch.rules import Rule

_AT_ONCE = "AppConfig.AllAtOnce"
EFFECTS = (
    "whoever reads the configuration gets the value at its next poll",
    "no other deployment to the environment can begin until this one has baked, ten minutes as a rule",
)
_Name = Annotated[str, Field(min_length=1, max_length=128)]


class SetFlagArguments(Written):
    """Which key of which configuration; `true` and `false` switch a feature flag."""

    application: _Name
    environment: _Name
    profile: _Name
    key: _Name
    value: StrictBool | StrictInt | StrictFloat | Annotated[str, Field(max_length=200)]
    strategy: str = _AT_ONCE
    """How it is rolled out: the identifier of a deployment strategy."""


class SetFlag(Verb):
    """Makes a version that differs in one key, and deploys it."""

    spec: ClassVar = VerbSpec(
        name="aws.set_flag",
        says="One key of an AppConfig configuration: a new version like the one in force, deployed at once",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        arguments=SetFlagArguments,
        of="aws",
        floor=Approval.ONE,
        if_no_help=NoHelp.KEEP,
        effects=EFFECTS,
        takes=timedelta(hours=1),  # AppConfig: half an hour to roll out, as long to bake
        needs=(
            "appconfig:CreateHostedConfigurationVersion",
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
        self._aws = aws
        self._configurations = Configurations(aws)

    async def plan(self, request: PlanRequest) -> Change:
        """Resolves names and the version in force; refuses while another deployment is under way."""
        wanted = arguments_of(SetFlagArguments, request)
        target, known = request.target, self._configurations
        where = await known.place(target, wanted.application, wanted.environment, wanted.profile)
        deployments = await known.deployments(target, where)
        _refuse_while_deploying(deployments)
        current = next((one for one in deployments if one.name == where.profile_name and one.in_force), None)
        if current is None:
            raise PolicyError(
                Rule.NOTHING_IN_FORCE, f"{wanted.profile} was never deployed to {wanted.environment}"
            )
        was = await known.value(target, where, current.version, wanted.key)
        _refuse_what_is_no_flag(wanted, where, was)
        latest = (await known.versions(target, where))[0].number
        same = was == wanted.value
        new = Unit(id=VERSION, was=latest, to=f"{wanted.key}={wanted.value}")
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=target,
            units=() if same else (new, Unit(id=wanted.key, was=was, to=wanted.value)),
            undo=Undo(kind=UndoKind.RESTORES),
            summary=f"set {wanted.key}={wanted.value} in {wanted.profile} for {wanted.environment}",
            because=f"version {current.version} is in force and says {was}",
            effects=_effects(latest, current.version),
            settings={
                "where": where.model_dump(),
                "in_force": current.version,
                "strategy": wanted.strategy,
                "mark": request.marker,
            },
            marker=request.marker,
            nothing_to_do=f"{wanted.key} is {was} already" if same else "",
        )

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:  # noqa: ARG002 - AppConfig knows
        """The version first, in both directions: without it there is nothing to deploy."""
        where = Where.model_validate(change.settings["where"])
        versions = await self._configurations.versions(change.target, where)
        ours = next((one.number for one in versions if one.description == change.settings["mark"]), None)
        deployments = await self._configurations.deployments(change.target, where)
        places = []
        for unit in sorted(change.units, key=lambda unit: unit.id != VERSION):
            if unit.id == VERSION:
                places.append(_version_at(change, unit, ours, versions[0].number if versions else 0))
            else:
                places.append(await self._value_at(change, unit, where, ours, deployments))
        return Survey(places=tuple(places))

    async def write(self, change: Change, unit: Unit) -> None:
        """Makes the version, or deploys it; on the way back, stops what bakes or deploys the old one."""
        where = Where.model_validate(change.settings["where"])
        known, target, settings = self._configurations, change.target, change.settings
        if unit.id == VERSION:
            flag = next(one for one in change.units if one.id != VERSION)
            edit = Edit(
                base=settings["in_force"],
                latest=int(str(unit.was)),
                key=flag.id,
                value=_plain(flag.to),
                mark=settings["mark"],
            )
            await known.create(target, where, edit)
            return
        deployments = await known.deployments(target, where)
        versions = await known.versions(target, where)
        ours = next((one.number for one in versions if one.description == settings["mark"]), None)
        newest = deployments[0].number if deployments else 0
        if settings.get("undo"):
            open_one = next((one for one in deployments if one.at_work or one.baking), None)
            if open_one and open_one.version == str(ours) and open_one.name == where.profile_name:
                await self._stop(change, where, open_one)
                return
        version = settings["in_force"] if settings.get("undo") else str(ours)
        await self._aws.call(
            target,
            "appconfig:StartDeployment",
            ApplicationId=where.application,
            EnvironmentId=where.environment,
            ConfigurationProfileId=where.profile,
            ConfigurationVersion=version,
            DeploymentStrategyId=settings["strategy"],
            Description=change.marker,
            LatestDeploymentNumber=newest,
        )

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """A version made by hand from the one in force, then `aws appconfig start-deployment`."""
        return commands(change)

    async def _value_at(
        self, change: Change, unit: Unit, where: Where, ours: int | None, deployments: list[Deployment]
    ) -> Place:
        mine = [one for one in deployments if one.name == where.profile_name]
        newest = next(iter(mine), None)
        if newest and newest.taken_back and newest.version == str(ours) and not change.settings.get("undo"):
            ended = newest.state.lower().replace("_", " ")
            raise Rejected("aws", f"AppConfig has {ended} the deployment of version {ours}: an alarm fired")
        current = next((one for one in mine if one.in_force), None)
        version = newest.version if newest and newest.state in {"VALIDATING", "DEPLOYING"} else None
        version = version or (current.version if current else change.settings["in_force"])
        seen = await self._configurations.value(change.target, where, version, unit.id)
        at = At.TO if _same(seen, unit.to) else At.WAS if _same(seen, unit.was) else At.ELSEWHERE
        busy = next((one for one in deployments if one.at_work), None)
        if busy and busy is newest and busy.version == str(ours) and change.settings.get("undo"):
            # Ours is stopped where it stands, however far it came.
            busy = busy if busy.taken_back else None
        settling = f"deployment {busy.number} is {busy.state.lower()}, {busy.percent:.0f} %" if busy else ""
        return Place(unit=unit.id, at=at, seen=seen, settling=settling)

    async def _stop(self, change: Change, where: Where, deployment: Deployment) -> None:
        await self._aws.call(
            change.target,
            "appconfig:StopDeployment",
            ApplicationId=where.application,
            EnvironmentId=where.environment,
            DeploymentNumber=deployment.number,
        )


def _refuse_while_deploying(deployments: list[Deployment]) -> None:
    busy = next((one for one in deployments if one.at_work or one.baking), None)
    if busy:
        raise PolicyError(
            Rule.DEPLOYMENT_IN_PROGRESS,
            f"AppConfig's deployment {busy.number} of {busy.name} is {busy.state.lower()}:"
            " an environment takes one at a time",
        )


def _refuse_what_is_no_flag(wanted: SetFlagArguments, where: Where, was: JsonValue) -> None:
    if where.flags and was is None:
        raise PolicyError(Rule.NO_SUCH_FLAG, f"{wanted.profile} has no feature flag {wanted.key}")
    if where.flags and not isinstance(wanted.value, bool):
        raise PolicyError(Rule.NOT_A_FLAG, f"{wanted.key} is a feature flag: its value is true or false")
    if isinstance(was, (dict, list)):
        raise PolicyError(Rule.NOT_A_FLAG, f"{wanted.key} holds more than one value")
    if isinstance(was, str) and len(was) > 200:  # noqa: PLR2004 - as long as a value may be
        raise PolicyError(Rule.NOT_A_FLAG, f"{wanted.key} holds a text of {len(was)} letters")


def _effects(latest: int, in_force: str) -> tuple[str, ...]:
    if str(latest) == in_force:
        return EFFECTS
    return (*EFFECTS, f"version {latest}, which is not in force, is left out of the new one")


def _version_at(change: Change, unit: Unit, ours: int | None, latest: int) -> Place:
    if change.settings.get("undo"):
        # A version that is not deployed harms nobody and stays.
        return Place(unit=unit.id, at=At.TO, seen=ours)
    if ours is not None:
        return Place(unit=unit.id, at=At.TO, seen=ours)
    return Place(unit=unit.id, at=At.WAS if latest == unit.was else At.ELSEWHERE, seen=latest)


def _same(one: object, other: object) -> bool:
    """Equal and of one type: to JSON, true is not 1."""
    return type(one) is type(other) and one == other


def _plain(value: object) -> JsonValue:
    if isinstance(value, (bool, int, float, str)):
        return value
    raise Rejected("aws", "the plan names no value for this key")
