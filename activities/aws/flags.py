"""What a configuration of AppConfig says of one flag: a value, or one for each of its variants.

Rules decide who gets which variant, and each of them is on or off by itself; the flag then has no state
beside theirs (AWS AppConfig user guide, multi-variant feature flags and type reference, read 2026-11).
"""

from typing import Any

from pydantic import JsonValue

from stanch.errors import PolicyError
from stanch.rules import Rule

_VARIANTS = "_variants"
_LONGEST = 200


def state(flag: Any) -> JsonValue:
    """Whether a feature flag is on; of one whose variants differ, which of them are."""
    if not isinstance(flag, dict):
        return None
    if _VARIANTS not in flag:
        return bool(flag.get("enabled"))
    states: dict[str, JsonValue] = {
        str(one.get("name") or number): bool(one.get("enabled"))
        for number, one in enumerate(flag[_VARIANTS] or [])
    }
    differ = len(set(map(bool, states.values()))) > 1
    return states if differ else next(iter(states.values()), None)


def switched(flag: dict[str, Any], value: JsonValue) -> dict[str, Any]:
    """The feature flag on or off in all its variants, and otherwise as it is."""
    if flag.get(_VARIANTS):
        return {**flag, _VARIANTS: [{**one, "enabled": value} for one in flag[_VARIANTS]]}
    return {**flag, "enabled": value}


def told(was: JsonValue) -> str:
    """`is on for beta, off for default`, of a flag whose variants differ; else `is` and its value."""
    if not isinstance(was, dict):
        return f"is {was}"
    on, off = ([name for name, known in was.items() if known is wanted] for wanted in (True, False))
    return f"is on for {', '.join(on)}, off for {', '.join(off)}"


def refuse_what_is_none(key: str, value: object, was: JsonValue, *, flag: bool) -> None:
    """Raise where a key is no flag that could get this value; `flag` says that AppConfig calls it one."""
    if flag and was is None:
        raise PolicyError(Rule.NO_SUCH_FLAG, f"there is no feature flag {key}")
    if flag and not isinstance(value, bool):
        raise PolicyError(Rule.NOT_A_FLAG, f"{key} is a feature flag: its value is true or false")
    if flag and isinstance(was, dict) and value:
        raise PolicyError(
            Rule.NOT_A_FLAG, f"{key} {told(was)}: only off means the same for all of its variants"
        )
    if isinstance(was, list) or (isinstance(was, dict) and not flag):
        raise PolicyError(Rule.NOT_A_FLAG, f"{key} holds more than one value")
    if isinstance(was, str) and len(was) > _LONGEST:
        raise PolicyError(Rule.NOT_A_FLAG, f"{key} holds a text of {len(was)} letters")
