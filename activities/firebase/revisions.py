"""Which revision is the deployment that visitors get, and which one it is safe to go back to."""

from collections.abc import Collection, Sequence
from itertools import pairwise

from activities.firebase.answers import Revision
from activities.firebase.client import Standing
from activities.firebase.traffic import serving


def ours(revisions: Sequence[Revision]) -> set[str]:
    """The revisions that came from a change of Stanch's, the same code with another size or a restart.

    A mark stays in the service's template, so that only one that is new there tells.
    """
    return {
        newer.id
        for newer, older in pairwise(revisions)
        if newer.mark not in {"", older.mark} and newer.image == older.image
    }


def running(standing: Standing) -> Revision | None:
    """The newest revision that visitors get; None where it is none of the last fifty."""
    shares = serving(standing.service)
    return next((one for one in standing.revisions if one.id in shares), None)


def deployed(standing: Standing) -> Revision | None:
    """The deployment that the running revision came from: not ours, which only change its size."""
    found, mine = running(standing), ours(standing.revisions)
    if found is None:
        return None
    older = standing.revisions[standing.revisions.index(found) :]
    return next((one for one in older if one.id not in mine), found)


def healthy_before(standing: Standing, left: Collection[str] = ()) -> Revision | None:
    """The newest revision before that deployment that is ready, and that Stanch did not go back from."""
    base = deployed(standing)
    if base is None:
        return None
    older = standing.revisions[standing.revisions.index(base) + 1 :]
    bad = {*standing.service.left, *left}
    return next((one for one in older if one.ready and one.id not in bad), None)
