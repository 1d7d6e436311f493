"""Whether the images that a revision is started of are still there, as Artifact Registry says.

firebase-tools has a function's images deleted after a day (`DEFAULT_CLEANUP_DAYS`, functions/artifacts.ts,
read 2026-11). A revision stays Ready without its image and cannot be started (firebase-tools#6759, #8421),
for Cloud Run keeps a copy only while it serves (cloud.google.com/run/docs/deploying, read 2026-11).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from activities.firebase.answers import Revision
from activities.firebase.client import IMAGES, Firebase, Standing
from activities.firebase.revisions import healthy_before
from stanch.errors import PolicyError, ProviderError, Rejected
from stanch.rules import Rule

MEND = (
    "deploy that commit again, from the pipeline, and keep images longer:"
    " firebase functions:artifacts:setpolicy --days=30"
)
_UNREAD = (
    "whether {what} still has its image was not read ({why}): a function's images are deleted after a day by"
    " default, and without one it does not start"
)
_MOST_LOOKED_AT = 10
_IN_THE_REGISTRY = re.compile(
    r"(?P<location>[a-z0-9-]+)-docker\.pkg\.dev/(?P<project>[^/]+)/(?P<repository>[^/]+)/(?P<package>[^@:]+)"
    r"(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]+))?"
)


@dataclass(frozen=True)
class Kept:
    """Whether images are there: `gone` names one that is not, `unread` says why nobody knows."""

    gone: str = ""
    unread: str = ""

    def effects(self, what: str) -> tuple[str, ...]:
        """What people are told where nobody knows."""
        return (_UNREAD.format(what=what, why=self.unread),) if self.unread else ()


@dataclass(frozen=True)
class Goal:
    """The revision to go back to, what is known of its images, and which have lost theirs."""

    revision: Revision | None
    kept: Kept
    passed: tuple[str, ...] = ()


async def kept(firebase: Firebase, images: Iterable[str]) -> Kept:
    """What is known of these images; that Google does not tell ends nothing."""
    unread = ""
    for image in images:
        try:
            if not await _is_there(firebase, image):
                return Kept(gone=image)
        except ProviderError as error:
            unread = unread or str(error)
    return Kept(unread=unread)


async def startable_before(firebase: Firebase, standing: Standing) -> Goal:
    """The newest healthy revision before the running deployment whose images are not known to be gone."""
    passed: list[str] = []
    while len(passed) < _MOST_LOOKED_AT:
        found = healthy_before(standing, passed)
        if found is None:
            break
        known = await kept(firebase, found.images)
        if not known.gone:
            return Goal(found, known, tuple(passed))
        passed.append(found.id)
    return Goal(None, Kept(), tuple(passed))


async def refuse_without(firebase: Firebase, standing: Standing) -> tuple[str, ...]:
    """What people are told of the image that a new revision takes; raises where it is gone."""
    service = standing.service
    containers = service.template.get("containers") or []
    known = await kept(firebase, [str(one.get("image", "")) for one in containers])
    if known.gone:
        raise PolicyError(
            Rule.IMAGE_GONE,
            f"a new revision of {service.id} would not start: its image {known.gone} is deleted; {MEND}",
        )
    return known.effects(f"a new revision of {service.id}")


async def _is_there(firebase: Firebase, image: str) -> bool:
    found = _IN_THE_REGISTRY.fullmatch(image)
    if found is None:
        raise Rejected("firebase", f"{image or 'it'} is not in Artifact Registry")
    place = f"projects/{found['project']}/locations/{found['location']}/repositories/{found['repository']}"
    which = f"versions/{found['digest']}" if found["digest"] else f"tags/{found['tag'] or 'latest'}"
    try:
        await firebase.get(IMAGES, f"v1/{place}/packages/{quote(found['package'], safe='')}/{which}")
    except Rejected as error:
        if error.status == httpx.codes.NOT_FOUND:
            return False
        raise
    return True
