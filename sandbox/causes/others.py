"""What is the matter with others: what their pages say, how their APIs behave."""

from typing import Literal

from pydantic import ConfigDict, Field

from sandbox import troubles
from sandbox.causes.cause import Cause
from sandbox.furnishing import Furnished
from sandbox.status_pages import Weather

_WEATHER = {"down": Weather.OUTAGE, "degraded": Weather.MINOR, "unreadable": Weather.UNREACHABLE}


class PageNews(Cause, kind="page"):
    """What a status page says, of all or of one component."""

    name: str
    is_: Literal["down", "degraded", "unreadable"] = Field(default="down", alias="is")
    component: str = ""
    region: str = ""

    def bring_about(self, world: Furnished) -> None:
        """A component that the page lacks is added to it."""
        page = world.sandbox.status_pages[self.name]
        if self.component and self.component not in page.components:
            page.components.append(self.component)
        page.turn(_WEATHER[self.is_], [self.component] if self.component else [], self.region)


class VendorTrouble(Cause, kind="vendor"):
    """A vendor's own trouble, by its name; what else is said makes it another than usual."""

    model_config = ConfigDict(frozen=True, extra="allow")
    name: str
    trouble: str

    def bring_about(self, world: Furnished) -> None:
        """From the next call on."""
        troubles.order(world.sandbox, self.trouble, vendor=self.name, **(self.model_extra or {}))
