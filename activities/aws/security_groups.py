"""`aws.security_groups`: who is let in where, by EC2's rules.

docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupRules, read 2026-11.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from activities.aws.client import Aws
from activities.contract import Reader
from stanch.errors import Rejected
from stanch.model.base import Frozen, Written
from stanch.model.evidence import AtLeast, Look, Reading
from stanch.model.verb import ReadingSpec

_EVERYBODY = {"0.0.0.0/0", "::/0"}
_ANY = "-1"
_SHOWN = 50
_PEERS = ("CidrIpv4", "CidrIpv6", "PrefixListId")


class SecurityGroupsArguments(Written):
    """Which groups, and the port that matters, such as the database's."""

    groups: Annotated[
        tuple[Annotated[str, Field(pattern=r"^sg-[0-9a-f]{8,17}$")], ...], Field(min_length=1, max_length=20)
    ]
    port: Annotated[int | None, Field(ge=0, le=65535)] = None


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
    let_in: Annotated[tuple[str, ...], AtLeast("!complete")]
    """Who is let in at the port that was asked for; at any port where none was."""
    complete: bool

    def line(self) -> str:
        """`6 rules, 1 open to everybody; let in: sg-0a1b2c3d, 10.0.0.0/16`."""
        everybody = f", {self.open_to_everybody} open to everybody" if self.open_to_everybody else ""
        return f"{self.count} rules{everybody}; let in: {', '.join(self.let_in[:5]) or 'nobody'}"


class ReadSecurityGroups(Reader[Aws]):
    """`aws.security_groups`."""

    spec: ClassVar = ReadingSpec(
        name="aws.security_groups",
        says="The rules of EC2 security groups: who is let in at a port, and what is open to everybody",
        result=SecurityGroups,
        arguments=SecurityGroupsArguments,
        of="aws",
        needs=("ec2:DescribeSecurityGroupRules",),
    )

    async def read(self, look: Look) -> SecurityGroups:
        """A group without a rule is one that is not there: even a new group has an outbound one."""
        asked = SecurityGroupsArguments.model_validate(look.arguments)
        found, complete = await self.vendor.pages(
            look.the_target,
            "ec2:DescribeSecurityGroupRules",
            "SecurityGroupRules",
            Filters=[{"Name": "group-id", "Values": list(asked.groups)}],
        )
        if not found:
            raise Rejected("aws", f"no rule is listed for {', '.join(asked.groups)}")
        rules = [_rule(one) for one in found]
        inside = [one for one in rules if (one.inbound if asked.port is None else one.opens(asked.port))]
        return SecurityGroups(
            rules=tuple(rules[:_SHOWN]),
            count=len(rules),
            open_to_everybody=sum(rule.inbound and rule.peer in _EVERYBODY for rule in rules),
            let_in=tuple(dict.fromkeys(rule.peer for rule in inside)),
            complete=complete,
        )


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
