"""CloudFront's operations about invalidations; moto's make a second one for the same caller reference."""

import re
from collections.abc import Callable
from xml.sax.saxutils import escape, unescape

from starlette.responses import Response

from sandbox.aws.calls import AwsCall
from sandbox.aws.managed import Distribution, Invalidation
from sandbox.aws.replies import REQUEST, RefusedError, written
from sandbox.aws.world import AwsWorld
from sandbox.ledger import EffectKind
from sandbox.timetable import Timetable

_CREATED = 201
_NOT_FOUND = 404
_MOST, _MOST_WILDCARDS = 3000, 15
_NAMESPACE = "http://cloudfront.amazonaws.com/doc/2020-05-31/"
_PATH = re.compile(r"<Path>(.*?)</Path>", re.DOTALL)
_QUANTITY = re.compile(r"<Quantity>(\d+)</Quantity>")
_REFERENCE = re.compile(r"<CallerReference>(.*?)</CallerReference>", re.DOTALL)


class CloudFront:
    """What is asked of distributions."""

    def __init__(self, world: AwsWorld) -> None:
        self._world = world

    def operations(self) -> dict[str, Callable[[AwsCall], Response]]:
        """By their actions; each answers in XML of its own kind."""
        return {
            "cloudfront:CreateInvalidation": self.create,
            "cloudfront:GetInvalidation": self.get,
            "cloudfront:ListInvalidations": self.every,
        }

    def create(self, call: AwsCall) -> Response:
        """An invalidation begins, unless there is one with the same reference and paths."""
        found = self._distribution(call)
        text = call.body.decode()
        paths = [unescape(path) for path in _PATH.findall(text)]
        reference, quantity = _REFERENCE.search(text), _QUANTITY.search(text)
        if not reference or not quantity or not paths:
            raise RefusedError("MissingBody", "The request body is missing or not whole.")
        if int(quantity.group(1)) != len(paths):
            raise RefusedError("InconsistentQuantities", "The value of Quantity and the items differ.")
        made = self._made(found, unescape(reference.group(1)), paths)
        where = f"https://cloudfront.amazonaws.com/2020-05-31/distribution/{found.id}/invalidation/{made.id}"
        return _xml("Invalidation", _body(made), _CREATED, {"Location": where})

    def get(self, call: AwsCall) -> Response:
        """One invalidation, as far as it is now."""
        found = self._distribution(call)
        named = (one for one in found.invalidations if one.id == call.given["Id"])
        one = next(named, None)
        if one is None:
            raise RefusedError("NoSuchInvalidation", "The specified invalidation does not exist.", _NOT_FOUND)
        one.observe()
        return _xml("Invalidation", _body(one))

    def every(self, call: AwsCall) -> Response:
        """Identifiers and states, the newest first, page by page."""
        found, after = self._distribution(call), str(call.given.get("Marker") or "")
        ids = [one.id for one in found.invalidations]
        first = ids.index(after) + 1 if after in ids else 0
        shown = found.invalidations[first : first + found.page]
        more = first + found.page < len(ids)
        lines = "".join(
            f"<InvalidationSummary><Id>{one.id}</Id><CreateTime>{written(one.at)}</CreateTime>"
            f"<Status>{one.status}</Status></InvalidationSummary>"
            for one in shown
        )
        following = f"<NextMarker>{shown[-1].id}</NextMarker>" if more else ""
        listed = f"<Quantity>{len(shown)}</Quantity><Items>{lines}</Items>"
        head = f"<Marker>{escape(after)}</Marker>{following}<MaxItems>{found.page}</MaxItems>"
        return _xml("InvalidationList", f"{head}<IsTruncated>{str(more).lower()}</IsTruncated>{listed}")

    def _made(self, found: Distribution, reference: str, paths: list[str]) -> Invalidation:
        known = next((one for one in found.invalidations if one.reference == reference), None)
        if known and known.paths == paths:
            return known
        if known:
            raise RefusedError("InvalidationBatchAlreadyExists", "The reference was used for other paths.")
        _refuse_paths(found, paths)
        world = self._world
        ident = f"I{world.origin.digits(13).upper()}"
        made = Invalidation(ident, reference, paths, world.clock.now(), Timetable(world.clock))
        made.timetable.set_out((world.pace.invalidation, "Completed"))
        found.invalidations.insert(0, made)
        world.ledger.record(
            "aws.create_invalidation",
            found.id,
            kind=EffectKind.ACT,
            to="invalidated",
            marker=reference,
            detail={"paths": paths},
        )
        return made

    def _distribution(self, call: AwsCall) -> Distribution:
        found: Distribution | None = self._world.distributions.get(call.given["DistributionId"])
        if found is None:
            raise RefusedError("NoSuchDistribution", "The specified distribution does not exist.", _NOT_FOUND)
        return found


def _refuse_paths(found: Distribution, paths: list[str]) -> None:
    if any(not path.startswith(("/", "#")) or "*" in path[:-1] for path in paths):
        raise RefusedError("InvalidArgument", "Your request contains one or more invalid invalidation paths.")
    wildcards = len([path for path in paths if path.endswith("*")])
    if found.in_progress(wildcards=True) + wildcards > _MOST_WILDCARDS:
        raise RefusedError("TooManyInvalidationsInProgress", "Too many wildcard invalidations in progress.")
    if found.in_progress(wildcards=False) + len(paths) - wildcards > _MOST:
        raise RefusedError("TooManyInvalidationsInProgress", "Too many invalidations in progress.")


def _body(one: Invalidation) -> str:
    items = "".join(f"<Path>{escape(path)}</Path>" for path in one.paths)
    batch = f"<Paths><Quantity>{len(one.paths)}</Quantity><Items>{items}</Items></Paths>"
    batch += f"<CallerReference>{escape(one.reference)}</CallerReference>"
    about = f"<Id>{one.id}</Id><Status>{one.status}</Status><CreateTime>{written(one.at)}</CreateTime>"
    return f"{about}<InvalidationBatch>{batch}</InvalidationBatch>"


def _xml(root: str, inner: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    text = f'<?xml version="1.0"?>\n<{root} xmlns="{_NAMESPACE}">{inner}</{root}>'
    return Response(text, status, {"x-amzn-RequestId": REQUEST, **(headers or {})}, "text/xml")
