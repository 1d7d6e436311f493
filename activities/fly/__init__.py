"""Fly.io: machines and releases read, images rolled back, machines added, resized and restarted."""

from activities.contract import Part
from activities.fly.client import Fly, FlyTarget
from activities.fly.readings import ReadMachines, ReadReleases
from activities.fly.restart import Restart
from activities.fly.roll_back import RollBack
from activities.fly.scale import Scale
from stanch.model.verb import TargetSpec

PART = Part(
    name="fly",
    connect=Fly.connect,
    verbs=(RollBack, Scale, Restart),
    readings=(ReadMachines, ReadReleases),
    target=TargetSpec(FlyTarget, "app"),
    vendor=True,
)
