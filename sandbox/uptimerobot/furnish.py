"""What a catalogue names of UptimeRobot: monitors that look at its services."""

from sandbox.named_places import Furnishings, Spot
from sandbox.uptimerobot.world import UptimeRobotWorld


def _monitor(world: UptimeRobotWorld, place: Spot) -> None:
    world.add(place.said("monitor")).url = place.health
    world.follow(place.said("monitor"), place.service)


FURNISHINGS = Furnishings(beside={"uptimerobot": _monitor})
