"""What an account watches at UptimeRobot: its monitors, each with the address that it looks at."""

from typing import TYPE_CHECKING

from activities.finding import AccountFinder, FoundAccount, FoundWatch

if TYPE_CHECKING:
    from activities.uptimerobot import UptimeRobot


async def look(uptimerobot: "UptimeRobot") -> FoundAccount:
    """Every monitor that nobody has paused."""
    monitors = [one for one in await uptimerobot.monitors(()) if one.is_looked_at]
    watches = (FoundWatch(one.called, {"monitor": one.called}, one.url or "") for one in monitors)
    return FoundAccount(watches=tuple(watches))


FINDER = AccountFinder(look, variable="UPTIMEROBOT_API_KEY")
