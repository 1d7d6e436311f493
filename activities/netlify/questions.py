"""What only an account at Netlify can settle."""

import re
from datetime import UTC, datetime

from activities.netlify.client import Netlify
from activities.open_questions import OpenQuestion, form_of
from stanch.model.change import Target

_MAY_TELL = re.compile(r"paus|disab|suspend|block|lock|state|status|plan")


async def _standing_fields(netlify: Netlify, target: Target) -> str:
    """Every field of the site whose name may tell that it is paused, by its form."""
    site = await netlify.site(target)
    found = await netlify.get(f"sites/{site.id}") or {}
    told = [f"{name} is {form_of(value)}" for name, value in sorted(found.items()) if _MAY_TELL.search(name)]
    return f"of {len(found)} fields: {', '.join(told) or 'none whose name would tell'}"


async def _lock(netlify: Netlify, target: Target) -> str:
    """Whether what is published is locked, and whether somebody went back to it."""
    standing = await netlify.standing(target, datetime.now(UTC))
    newest = standing.newest
    is_newest = newest is not None and newest.id == standing.current.id
    age = "the newest" if is_newest else "older than the newest"
    return (
        f"published is {standing.current.id}, {age}; locked is {form_of(standing.site.locked)} at the site,"
        f" {form_of(standing.current.locked)} at the deploy"
    )


QUESTIONS = (
    OpenQuestion(
        "Which field of a site tells that it is paused?",
        "None: only visitors see it; ask of a paused one",
        _standing_fields,
    ),
    OpenQuestion(
        "Does the lock of a site follow when an older deploy is published again?",
        "The site is locked where its published deploy says so; ask after a real restore",
        _lock,
    ),
)
