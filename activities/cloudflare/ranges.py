"""Which addresses may be blocked at the edge, and as what Cloudflare takes them.

IP Access rules take one address, an IPv4 /16 or /24, and an IPv6 /32, /48 or /64
(developers.cloudflare.com/waf/tools/ip-access-rules/parameters, read 2026-11).
"""

from ipaddress import IPv4Network, IPv6Network, ip_network

from stanch.errors import PolicyError
from stanch.rules import Rule

Network = IPv4Network | IPv6Network
_FOUR = 4
_TAKEN = {4: {32: "ip", 24: "ip_range", 16: "ip_range"}, 6: {128: "ip6", 64: "ip_range", 48: "ip_range"}}
_WIDEST = {4: 16, 6: 48}
"""A wider range is a provider's or a country's; an IPv6 /32 is one too, though Cloudflare takes it."""
_NOT_VISITORS = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4",
        "::/8", "fc00::/7", "fe80::/10", "ff00::/8",
    )
)  # fmt: skip
"""Private, shared, local and multicast addresses: no visitor has one, so that something else is meant."""


def network(text: str) -> Network:
    """The addresses that a text means; raises `PolicyError` where they may not be blocked."""
    try:
        found = ip_network(text)
    except ValueError as error:
        raise PolicyError(
            Rule.NO_RANGE, f"{text} is no address and no range; write 192.0.2.7 or 192.0.2.0/24"
        ) from error
    inside = next((other for other in _NOT_VISITORS if _overlap(found, other)), None)
    if found.prefixlen < _WIDEST[found.version]:
        raise PolicyError(
            Rule.RANGE_TOO_LARGE,
            f"{text} is wider than /{_WIDEST[found.version]}: that is a whole provider, not an attacker",
        )
    if inside:
        raise PolicyError(Rule.NOT_VISITORS, f"{text} lies in {inside}, which no visitor comes from")
    if found.prefixlen not in _TAKEN[found.version]:
        sizes = ", ".join(f"/{size}" for size in sorted(_TAKEN[found.version]))
        raise PolicyError(Rule.RANGE_NOT_TAKEN, f"{text} is of a size that Cloudflare does not take: {sizes}")
    return found


def refuse_overlaps(networks: list[Network]) -> None:
    """Raise where one range lies in another: two rules would speak of the same addresses."""
    for index, one in enumerate(networks):
        other = next((other for other in networks[index + 1 :] if _overlap(one, other)), None)
        if other:
            raise PolicyError(Rule.RANGES_OVERLAP, f"{one} and {other} overlap; name the wider one alone")


def kind_of(value: str) -> str:
    """What Cloudflare calls it: `ip`, `ip6` or `ip_range`."""
    found = ip_network(value)
    return _TAKEN[found.version][found.prefixlen]


def spelled(found: Network) -> str:
    """As Cloudflare spells it: one address without its length."""
    return str(found.network_address) if found.num_addresses == 1 else str(found)


def how_many(networks: list[Network]) -> str:
    """`257 IPv4 addresses and 1 IPv6 ranges`: how many people may be behind them."""
    fours = sum(one.num_addresses for one in networks if one.version == _FOUR)
    sixes = sum(one.version != _FOUR for one in networks)
    counted = (f"{fours} IPv4 addresses" if fours else "", f"{sixes} IPv6 ranges" if sixes else "")
    return " and ".join(text for text in counted if text)


def same(one: str, other: str) -> bool:
    """Whether two texts mean the same addresses, however they are spelled."""
    try:
        return ip_network(one) == ip_network(other)
    except ValueError:
        return False


def _overlap(one: Network, other: Network) -> bool:
    if isinstance(one, IPv4Network) and isinstance(other, IPv4Network):
        return one.overlaps(other)
    if isinstance(one, IPv6Network) and isinstance(other, IPv6Network):
        return one.overlaps(other)
    return False
