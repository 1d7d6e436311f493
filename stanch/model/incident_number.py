"""The number that people call an incident by."""

from datetime import datetime
from uuid import UUID

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def incident_number(opened_at: datetime, first_run_id: str) -> str:
    """`INC-20261121-7K3QXM`: the start date, and thirty bits of the *tail* of the first run id.

    The head of a run id may be a clock, which two incidents of one moment would share; the tail is random.
    """
    return f"INC-{opened_at:%Y%m%d}-{code_of(first_run_id)}"


def code_of(first_run_id: str) -> str:
    """The six characters that a number ends in."""
    tail = UUID(first_run_id).int
    return "".join(_CROCKFORD[(tail >> shift) & 31] for shift in range(25, -1, -5))
