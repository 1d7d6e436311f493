"""Vercel: deployments read, production rolled back, flags set that are environment variables."""

from activities.contract import Credential, Part, Proof
from activities.vercel.client import Vercel, VercelTarget
from activities.vercel.readings import ReadDeployments
from activities.vercel.roll_back import RollBack
from activities.vercel.set_flag import SetFlag
from stanch.model.change import Target
from stanch.model.verb import TargetSpec


async def prove(vercel: Vercel, target: Target) -> Proof:
    """The project, and what its domain points to. No call says what a token may do (2026-11)."""
    project = await vercel.project(target)
    live = await vercel.live(target, project)
    return Proof(f"production is {live}; only a change would show whether it may write")


PART = Part(
    name="vercel",
    connect=Vercel.connect,
    verbs=(RollBack, SetFlag),
    readings=(ReadDeployments,),
    target=TargetSpec(VercelTarget, "project"),
    vendor=True,
    credential=Credential(prove, made_by="Account Settings, Tokens, with the team as its scope"),
    offers_none={
        "restart": "functions have nothing to restart",
        "scale": "Vercel scales functions by itself",
    },
)
