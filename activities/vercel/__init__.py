"""Vercel: deployments read, production rolled back, flags set that are environment variables."""

from activities.contract import Part
from activities.vercel.client import Vercel, VercelTarget
from activities.vercel.readings import ReadDeployments
from activities.vercel.roll_back import RollBack
from activities.vercel.set_flag import SetFlag
from stanch.model.verb import TargetSpec

PART = Part(
    name="vercel",
    connect=Vercel.connect,
    verbs=(RollBack, SetFlag),
    readings=(ReadDeployments,),
    target=TargetSpec(VercelTarget, "project"),
    vendor=True,
)
