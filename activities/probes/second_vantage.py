"""What was seen elsewhere of addresses that do not answer from here: only the way there may be broken."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import httpx

from stanch.model.evidence import Look
from stanch.model.sighting import SeenUp

_OLDEST = timedelta(minutes=10)
"""Monitors elsewhere look every few minutes; what is older says nothing of now."""


def seen_up(dead: Iterable[str], sightings: Iterable[SeenUp], look: Look) -> dict[str, datetime]:
    """Of addresses that do not answer from here, those that were seen up elsewhere since, and when last.

    Since means after things went bad, after the last change, and not long ago.
    """
    since = max(at for at in (look.as_of - _OLDEST, look.first_bad_at, look.since) if at)
    last: dict[str, datetime] = {}
    for seen in sightings:
        place = _place(seen.url)
        if seen.up_at > since:
            last[place] = max(seen.up_at, last.get(place, seen.up_at))
    return {url: last[_place(url)] for url in dead if _place(url) in last}


def _place(url: str) -> str:
    """The address without its query, which monitors write in their own way."""
    there = httpx.URL(url)
    return str(there.copy_with(query=None, fragment=None)).rstrip("/")
