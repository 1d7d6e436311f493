"""Heroku's dyno sizes by name, smallest first within a tier, and which sizes may stand beside each other.

devcenter.heroku.com/articles/dyno-types and /articles/scaling, read 2026-11: an app's process types are all
eco, all basic, or any of the professional sizes; one eco or basic dyno for each process type.
"""

_TIERS: dict[str, tuple[str, ...]] = {
    "eco": ("eco",),
    "basic": ("basic",),
    "professional": (
        "standard-1x",
        "standard-2x",
        "performance-m",
        "performance-l",
        "performance-l-ram",
        "performance-xl",
        "performance-2xl",
    ),
    "private": (
        "private-s",
        "private-m",
        "private-l",
        "private-l-ram",
        "private-xl",
        "private-2xl",
    ),
    "shield": ("shield-s", "shield-m", "shield-l", "shield-l-ram", "shield-xl", "shield-2xl"),
}
SIZES: dict[str, str] = {size: tier for tier, sizes in _TIERS.items() for size in sizes}
SINGLE = {"eco", "basic"}
_ORDER = list(SIZES)


def is_smaller(one: str, other: str) -> bool:
    """By tier, then by what a dyno of it has; a size nobody knows is never smaller."""
    return one in SIZES and other in SIZES and _ORDER.index(one) < _ORDER.index(other)
