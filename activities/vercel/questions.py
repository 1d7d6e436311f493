"""What only an account at Vercel can settle."""

import asyncio
from typing import Any

from activities.open_questions import OpenQuestion, counted, form_of
from activities.vercel.answers import Project
from activities.vercel.client import Vercel
from stanch.model.change import Target


async def _aliases(vercel: Vercel, target: Target) -> str:
    """Production's hosts as the project lists them, and where those point that a move takes along."""
    project = await vercel.project(target)
    listed, made_up = project.production.alias or (), project.production.made_up or ()
    moved = project.production.domains
    left_out = [host for host in listed if host not in moved]
    pointed = await _pointed(vercel, target, project)
    return (
        f"alias: {', '.join(listed) or 'none'}; automaticAliases: {', '.join(made_up) or 'none'};"
        f" taken for a branch's or a made-up one: {', '.join(left_out) or 'none'}; {pointed}"
    )


async def _pointed(vercel: Vercel, target: Target, project: Project) -> str:
    live, elsewhere = await asyncio.gather(
        vercel.live(target, project), vercel.elsewhere(target, project, "")
    )
    return f"live is {live}; domains point to: {counted(elsewhere.values())}"


async def _candidates(vercel: Vercel, target: Target) -> str:
    """How older deployments show that they had the domains, and what the project says of the last move."""
    project = await _raw(vercel, target)
    asked = {"projectId": str(project.get("id")), "target": "production", "rollbackCandidate": "true"}
    found = (await vercel.call("GET", target, "v7/deployments", params=asked) or {}).get("deployments") or []
    assigned = counted(form_of(one.get("aliasAssigned")) for one in found)
    move = project.get("lastAliasRequest") or {}
    last = f"{move.get('type')} {move.get('jobStatus')}" if move else "none"
    return (
        f"{len(found)} candidates, aliasAssigned: {assigned}; lastAliasRequest: {last};"
        f" lastRollbackTarget: {form_of(project.get('lastRollbackTarget'))}"
    )


async def _rolling(vercel: Vercel, target: Target) -> str:
    """The last gradual release, beside what the domains say."""
    project = await vercel.project(target)
    last = await vercel.last_rolling(target, project.id)
    stage = f", {last.percentage:g} % of visitors" if last and last.is_active else ""
    told = f"{last.state}, from {last.base.id} to {last.canary.id}{stage}" if last else "none"
    return f"last rolling release: {told}; {await _pointed(vercel, target, project)}"


async def _raw(vercel: Vercel, target: Target) -> dict[str, Any]:
    return dict(await vercel.call("GET", target, f"v9/projects/{target.name}") or {})


QUESTIONS = (
    OpenQuestion(
        "Do production's aliases hold hosts of branches and made-up ones, and which stay after a rollback?",
        "They may; those are no domains of visitors, and no move takes them along",
        _aliases,
    ),
    OpenQuestion(
        "Does aliasAssigned change when an older deployment gets the domains again, and is"
        " lastRollbackTarget still filled?",
        "It changes, and says when a deployment got the domains last; lastRollbackTarget is not read."
        " Ask after a real rollback",
        _candidates,
    ),
    OpenQuestion(
        "What do aliases say during a rolling release, and after it was aborted?",
        "The deployment from before until it is complete; ask during one",
        _rolling,
    ),
)
