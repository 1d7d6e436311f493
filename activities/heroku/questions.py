"""What only an account at Heroku can settle."""

from typing import Any

import httpx

from activities.heroku.client import Heroku
from activities.open_questions import OpenQuestion, counted
from stanch.errors import Rejected
from stanch.model.change import Target


async def _preboot(heroku: Heroku, target: Target) -> str:
    """The feature, and the date that came with it."""
    generation = "Fir" if (await heroku.app(target)).is_fir else "Cedar"
    try:
        answer = await heroku.call("GET", target, "/features/preboot")
    except Rejected as error:
        if error.status != httpx.codes.NOT_FOUND:
            raise
        return f"on {generation}: no such feature (404)"
    told = answer.headers.get("date", "") or "none came"
    return f"on {generation}: enabled is {(answer.data or {}).get('enabled')}; Date: {told}"


async def _one_dyno(heroku: Heroku, target: Target) -> str:
    """The same dyno asked for by its id and by its name."""
    dynos = await heroku.dynos(target)
    if not dynos:
        return "the app has no dyno"
    by_id = await _found(heroku, target, dynos[0].id)
    by_name = await _found(heroku, target, dynos[0].name)
    return f"{dynos[0].name} of {len(dynos)}: by id {by_id}, by name {by_name}"


async def _found(heroku: Heroku, target: Target, dyno: str) -> str:
    try:
        await heroku.call("GET", target, f"/dynos/{dyno}")
    except Rejected as error:
        if error.status != httpx.codes.NOT_FOUND:
            raise
        return "not found"
    return "found"


async def _carried(heroku: Heroku, target: Target) -> str:
    """Which fields the newest releases have, and with which word their descriptions begin."""
    found = await _releases(heroku, target)
    kinds = counted("slug" if one.get("slug") else _artifacts(one) for one in found)
    begins = counted(str(one.get("description") or "nothing").split()[0] for one in found)
    eligible = counted(one.get("eligible_for_rollback", "not told") for one in found)
    return f"{len(found)} releases: {kinds}; descriptions begin {begins}; eligible_for_rollback: {eligible}"


def _artifacts(release: dict[str, Any]) -> str:
    kinds = {str(one.get("type") or "artifact") for one in release.get("artifacts") or []}
    return "+".join(sorted(kinds)) or "neither slug nor artifact"


async def _phase(heroku: Heroku, target: Target) -> str:
    """Releases that are pending, and the dynos of release phases."""
    pending = [one for one in await _releases(heroku, target) if one.get("status") == "pending"]
    since = ", ".join(f"v{one.get('version')} since {one.get('created_at')}" for one in pending) or "none"
    phases = [one for one in await heroku.dynos(target) if one.type == "release"]
    dynos = ", ".join(f"{one.name} {one.state}" for one in phases) or "none"
    return f"pending: {since}; dynos of release phases: {dynos}"


async def _releases(heroku: Heroku, target: Target) -> list[dict[str, Any]]:
    answer = await heroku.call("GET", target, "/releases", Range="version ..; order=desc,max=100")
    return list(answer.data or [])


QUESTIONS = (
    OpenQuestion(
        "Does a Date come with every answer about features/preboot, and is there one on Fir?",
        "A date comes; where the feature is not found, nothing preboots",
        _preboot,
    ),
    OpenQuestion("Can a dyno be asked for by its id?", "It can, as by its name", _one_dyno),
    OpenQuestion(
        "What do releases of containers say under slug, artifacts, description and eligible_for_rollback?",
        "Artifacts name the images; where neither they nor a slug are named, the description tells what runs",
        _carried,
    ),
    OpenQuestion(
        "Can a release be pending for more than an hour, and is its dyno listed meanwhile?",
        "It ends within the hour, and its dyno is listed; ask during a release phase",
        _phase,
    ),
    OpenQuestion(
        "What does an app in maintenance answer?",
        "503 with a page of Heroku's; the app itself says that it is in maintenance",
        by_hand="heroku maintenance:on -a TEST_APP; curl -si ADDRESS; heroku maintenance:off -a TEST_APP",
    ),
    OpenQuestion(
        "Does the notice of dropped lines (L10) run into the next line in log sessions too?",
        "It does, as in drains",
        by_hand="heroku logs -n 1500 -a NOISY_APP | grep -n L10",
    ),
)
