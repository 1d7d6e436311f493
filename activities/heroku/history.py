"""Which release runs, which brought its code, and which one is healthy to go back to.

Config changes are releases with the code of the one before (devcenter.heroku.com/articles/releases, read
2026-11): what counts as another release is another slug, never another number.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from activities.heroku.answers import Release
from stanch.errors import PolicyError
from stanch.model.change import Target
from stanch.rules import Rule

CONFIG = ("Set ", "Remove ", "Add ", "Update ", "Attach ", "Detach ", "Config ")
"""How descriptions of releases begin that brought no code."""
_BACK = re.compile(r"Rollback to v(\d+)")
_LONGEST_PHASE = timedelta(hours=1)
"""Not to be extended (devcenter.heroku.com/articles/release-phase, 2024-12)."""
_ENDED = _LONGEST_PHASE + timedelta(minutes=5)


def with_code(releases: Sequence[Release]) -> list[Release]:
    """Newest first; what container apps run is told by descriptions, for Heroku names no slug of theirs.

    heroku/heroku-releases-retry#8, #11 (2019). That descriptions tell it is inferred.
    """
    found: list[Release] = []
    codes: dict[int, str] = {}
    code = ""
    for release in sorted(releases, key=lambda release: release.version):
        back = _BACK.match(release.says)
        if release.says.startswith(CONFIG):
            told = code
        else:
            told = codes.get(int(back[1]), "") if back else f"v{release.version}"
        known = release if release.code else release.model_copy(update={"inferred": told})
        codes[known.version] = known.code
        code = known.code if known.succeeded else code
        found.append(known)
    return found[::-1]


def running(releases: Sequence[Release]) -> Release | None:
    """The newest release that went out."""
    return next((release for release in releases if release.succeeded), None)


def deployed(releases: Sequence[Release]) -> Release | None:
    """The release that brought the running code; config changes came later."""
    now = running(releases)
    found = now
    for release in releases:
        if not release.succeeded:
            continue
        if now is None or release.code != now.code:
            break
        found = release
    return found


def config_changes(releases: Sequence[Release]) -> list[Release]:
    """What came after the running code and changed only config vars or add-ons."""
    first = deployed(releases)
    return [one for one in releases if first and one.succeeded and one.version > first.version]


def healthy_before(releases: Sequence[Release]) -> Release | None:
    """The newest earlier release with other code that can be gone back to, and that nobody went back from."""
    now = deployed(releases)
    if now is None:
        return None
    avoided = {now.code, "", *_left(releases)}
    return next(
        (
            release
            for release in releases
            if release.version < now.version
            and release.succeeded
            and release.eligible_for_rollback
            and release.code not in avoided
        ),
        None,
    )


def _left(releases: Sequence[Release]) -> set[str]:
    """Code that was left by going back to older code, and not returned to since."""
    oldest_first = [release for release in reversed(releases) if release.succeeded]
    first_seen = {release.code: release.version for release in releases if release.succeeded}
    left: set[str] = set()
    for before, after in pairwise(oldest_first):
        if after.code == before.code:
            continue
        if first_seen[after.code] < first_seen[before.code]:
            left.add(before.code)
        else:
            left.discard(after.code)
    return left


def under_way(releases: Sequence[Release], as_of: datetime) -> Release | None:
    """The release whose phase runs; one that is said to for longer than Heroku lets any is nobody's work."""
    return next((one for one in releases if one.pending and as_of - one.created_at < _ENDED), None)


def refuse_while_releasing(target: Target, releases: Sequence[Release], as_of: datetime) -> None:
    """Raise where somebody's release is under way, with what ends one that hangs."""
    found = under_way(releases, as_of)
    if found:
        minutes = (as_of - found.created_at) // timedelta(minutes=1)
        raise PolicyError(
            Rule.DEPLOYMENT_IN_PROGRESS,
            f"v{found.version} of {target.name} ({found.says}) by {found.author} is pending for"
            f" {minutes} minutes; {if_it_hangs(target)}",
        )


def left_pending(releases: Sequence[Release], as_of: datetime) -> tuple[str, ...]:
    """What is said of releases that are pending for longer than any release phase may take."""
    if under_way(releases, as_of):
        return ()
    return tuple(
        f"v{one.version} is pending since {one.created_at:%Y-%m-%d %H:%M} UTC: longer than Heroku lets a"
        " release phase run, so it is not waited for"
        for one in releases
        if one.pending
    )


def if_it_hangs(target: Target, dyno: str = "") -> str:
    """How a person ends a release phase that hangs, which may hold locks that the running release needs.

    The process type has to be named with the number: else nothing happens, and it is not said
    (scottw.com/2024/04/12/handling-a-stuck.html).
    """
    stop = f"heroku ps:stop --dyno-name {dyno or 'release.NUMBER'} -a {target.name}"
    look = "" if dyno else f"heroku ps -a {target.name}, then "
    return f"a release phase may take an hour; if it hangs: {look}{stop}"
