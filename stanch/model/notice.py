"""What travels to an incident, and what one leaves to the next."""

from pydantic import AwareDatetime, Field

from stanch.model.alert import Alert
from stanch.model.base import Frozen
from stanch.model.playbook import Pinned

MOST_LEFT = 5_000
MOST_PAST = 500


class Left(Frozen):
    """What a closed incident leaves to those that come after it in its group."""

    fires: dict[str, int] = Field(default_factory=dict)
    """What fired when a person closed it, by hash, and since when: until it has ended it opens nothing."""
    past: tuple[str, ...] = ()
    """Episodes that have ended: they join nothing."""

    def together(self, other: "Left") -> "Left":
        """What two of them leave; of more than is kept, the latest."""
        earlier = {key: at for key, at in self.fires.items() if key not in other.fires}
        past = tuple(dict.fromkeys((*self.past, *other.past)))
        return Left(fires=dict([*earlier.items(), *other.fires.items()][-MOST_LEFT:]), past=past[-MOST_PAST:])


class Notice(Frozen):
    """One webhook's alerts of one group, with the playbook in force when it came."""

    alerts: tuple[Alert, ...]
    pinned: Pinned | None = None
    seen_run: str = ""
    """The first run id the gateway saw open; another run looks at that one before it acts."""
    left: Left = Left()
    """What the incident before it left, where this notice may open one."""
    issued_at: AwareDatetime | None = None
    signature: str = ""
    """The door's, over the workflow it is for and everything else in it."""
    proved: bool = False
    """Its signature is the door's: said by the worker, whatever the sender says."""


class RunRef(Frozen):
    """One run of a workflow."""

    workflow_id: str
    run_id: str
