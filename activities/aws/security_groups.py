"""`aws.security_groups`: who is let in where, by EC2's rules, and whether the service is among them.

docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupRules, read 2026-11.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from activities.aws import ecs
from activities.aws.client import Aws, AwsTarget
from activities.aws.elasticache import clusters
from activities.aws.rds import instances
from activities.contract import Reader
from stanch.errors import Rejected
from stanch.model.base import Frozen, Written
from stanch.model.change import Target
from stanch.model.evidence import AtLeast, Look, Reading
from stanch.model.verb import ReadingSpec

_EVERYBODY = {"0.0.0.0/0", "::/0"}
_ANY, _GROUP = "-1", "sg-"
_SHOWN = 50
_PEERS = ("CidrIpv4", "CidrIpv6", "PrefixListId")


class SecurityGroupsArguments(Written):
    """The port that matters, such as the database's; `groups` instead of those of the target."""

    groups: Annotated[
        tuple[Annotated[str, Field(pattern=r"^sg-[0-9a-f]{8,17}$")], ...], Field(max_length=20)
    ] = ()
    port: Annotated[int | None, Field(ge=0, le=65535)] = None
    app: AwsTarget | None = None
    """The ECS service that wants in; the loader names the scenario's own."""


class SecurityGroupRule(Frozen):
    """One rule: who may speak to what."""

    group: str
    inbound: bool
    protocol: str
    """`tcp`, `udp`, `icmp`; `-1` means every one."""
    first_port: int
    last_port: int
    peer: str
    description: str = ""

    def opens(self, port: int) -> bool:
        """Whether it lets somebody in at this port."""
        every = self.protocol == _ANY or self.first_port == _ANY_PORT
        return self.inbound and (every or self.first_port <= port <= self.last_port)


_ANY_PORT = -1


class SecurityGroups(Reading):
    """The rules of some security groups."""

    rules: Annotated[tuple[SecurityGroupRule, ...], AtLeast("!complete")]
    count: Annotated[int, AtLeast("!complete")]
    open_to_everybody: Annotated[int, AtLeast("!complete")]
    """Inbound rules for every address."""
    groups: tuple[str, ...]
    """Whose rules these are."""
    app_groups: tuple[str, ...]
    """The groups of the service that wants in; none where it is not known."""
    closed: bool | None
    """Nobody is let in at the port; where the service that wants in is known, it is not.

    Unknown where rules were left out, and where one of a range or a list of addresses may include it.
    """
    let_in: Annotated[tuple[str, ...], AtLeast("!complete")]
    """Who is let in at the port that was asked for; at any port where none was."""
    complete: bool

    def line(self) -> str:
        """`closed to sg-0b1c; 6 rules, 1 open to everybody; let in: sg-0a1b2c3d, 10.0.0.0/16`."""
        who = f" to {', '.join(self.app_groups)}" if self.app_groups else ""
        closed = f"closed{who}; " if self.closed else ""
        everybody = f", {self.open_to_everybody} open to everybody" if self.open_to_everybody else ""
        return f"{closed}{self.count} rules{everybody}; let in: {', '.join(self.let_in[:5]) or 'nobody'}"


class ReadSecurityGroups(Reader[Aws]):
    """`aws.security_groups`."""

    spec: ClassVar = ReadingSpec(
        name="aws.security_groups",
        says="Who is let in at a port of an ECS service, RDS instance or ElastiCache cluster, and whether the"
        " service is; what is open to everybody",
        result=SecurityGroups,
        arguments=SecurityGroupsArguments,
        of="aws",
        also_of=("rds", "elasticache"),
        visitor="app",
        needs=(
            "ec2:DescribeSecurityGroupRules",
            "ecs:DescribeServices",
            "elasticache:DescribeCacheClusters",
            "rds:DescribeDBInstances",
        ),
    )

    async def read(self, look: Look) -> SecurityGroups:
        """A group without a rule is one that is not there: even a new group has an outbound one."""
        asked = SecurityGroupsArguments.model_validate(look.arguments)
        groups = asked.groups or await self._groups(look.the_target)
        if not groups:
            raise Rejected("aws", f"{look.the_target.key} is in no security group of its own")
        app = await self._groups(_target_of(asked.app)) if asked.app else ()
        rules, complete = await rules_of(self.vendor, look.the_target, groups)
        if not rules:
            raise Rejected("aws", f"no rule is listed for {', '.join(groups)}")
        inside = [one for one in rules if (one.inbound if asked.port is None else one.opens(asked.port))]
        return SecurityGroups(
            rules=tuple(rules[:_SHOWN]),
            count=len(rules),
            open_to_everybody=sum(rule.inbound and rule.peer in _EVERYBODY for rule in rules),
            groups=groups,
            app_groups=app,
            closed=_closed([rule.peer for rule in inside], app, complete=complete),
            let_in=tuple(dict.fromkeys(rule.peer for rule in inside)),
            complete=complete,
        )

    async def _groups(self, target: Target) -> tuple[str, ...]:
        """The security groups that the target is in."""
        if target.provider == "rds":
            return tuple(one.id for one in (await instances.instance(self.vendor, target)).security_groups)
        if target.provider == "elasticache":
            return tuple(one.id for one in (await clusters.cluster(self.vendor, target)).security_groups)
        return (await ecs.service(self.vendor, target)).security_groups


async def rules_of(aws: Aws, target: Target, groups: Sequence[str]) -> tuple[list[SecurityGroupRule], bool]:
    """The rules of these groups, and whether that is all of them."""
    found, complete = await aws.pages(
        target,
        "ec2:DescribeSecurityGroupRules",
        "SecurityGroupRules",
        Filters=[{"Name": "group-id", "Values": list(groups)}],
    )
    return [_rule(one) for one in found], complete


def _target_of(app: AwsTarget) -> Target:
    return Target(provider="aws", name=app.service, at=app.model_dump())


def _closed(peers: Sequence[str], app: Sequence[str], *, complete: bool) -> bool | None:
    """Whether nobody gets in; of a service, whether neither its groups nor everybody does."""
    let_in = (peer in app or peer in _EVERYBODY for peer in peers) if app else iter(peers)
    if any(let_in):
        return False
    others = any(not peer.startswith(_GROUP) for peer in peers)
    return None if others or not complete else True


def _rule(given: Mapping[str, Any]) -> SecurityGroupRule:
    referenced = (given.get("ReferencedGroupInfo") or {}).get("GroupId")
    named = [str(given[key]) for key in _PEERS if given.get(key)]
    return SecurityGroupRule(
        group=str(given.get("GroupId") or ""),
        inbound=not given.get("IsEgress"),
        protocol=str(given.get("IpProtocol") or _ANY),
        first_port=int(given.get("FromPort", _ANY_PORT)),
        last_port=int(given.get("ToPort", _ANY_PORT)),
        peer=str(referenced or next(iter(named), "unknown")),
        description=str(given.get("Description") or ""),
    )
