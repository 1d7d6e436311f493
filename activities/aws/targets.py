"""What a reading is about."""

from stanch.model.change import Target
from stanch.model.evidence import Look


def target_of(look: Look) -> Target:
    """The service a reading is about; the loader made sure that there is one."""
    if look.target is None:
        message = "a reading of AWS needs a target"
        raise TypeError(message)
    return look.target
