"""Which container of a task definition is meant: the one that is named, or the only essential one."""

from collections.abc import Mapping

from stanch.errors import PolicyError
from stanch.rules import Rule


def container_of(every: Mapping[str, bool], wanted: str) -> str:
    """The container's name; `every` says by name which are essential. Raises where it cannot be told."""
    if wanted and wanted not in every:
        raise PolicyError(Rule.NO_SUCH_CONTAINER, f"{wanted} is none of {', '.join(every)}")
    essential = [name for name, is_essential in every.items() if is_essential]
    if wanted:
        return wanted
    if len(essential) != 1:
        raise PolicyError(Rule.WHICH_CONTAINER, f"name the container, one of {', '.join(every) or 'none'}")
    return essential[0]
