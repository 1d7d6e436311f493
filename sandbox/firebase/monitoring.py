"""Cloud Monitoring's endpoint (monitoring v3): a service's numbers, aggregated as asked for, and late."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import malformed
from sandbox.firebase.door import FirebaseDoor
from sandbox.firebase.measured import Measured
from sandbox.firebase.project import Project
from sandbox.firebase.service import Service
from sandbox.traffic import Window

_METRICS = "run.googleapis.com/"
_WANTED = (
    "interval.startTime", "interval.endTime", "aggregation.alignmentPeriod",
    "aggregation.perSeriesAligner", "aggregation.crossSeriesReducer",
)  # fmt: skip
_TERM = re.compile(r'([\w.]+)\s*=\s*"([^"]*)"')
_SHORTEST = timedelta(minutes=1)
_KINDS = {"int64Value": "INT64", "doubleValue": "DOUBLE", "distributionValue": "DISTRIBUTION"}

Numbers = list[tuple[dict[str, str], dict[str, Any]]]
"""One period's values, each with its labels."""


class Monitoring:
    """Listing time series of one metric of one service; what was measured of late is not there yet."""

    def __init__(self, door: FirebaseDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where this endpoint stands."""
        return [Route("/firebase/monitoring/v3/projects/{project}/timeSeries", self.every, methods=["GET"])]

    async def every(self, request: Request) -> Response:
        """The series that the filter names; no point where nothing was measured, or is in."""
        project = self._door.project(request, "Cloud Monitoring API", "monitoring.timeSeries.list")
        query = request.query_params
        terms = dict(_TERM.findall(query.get("filter", "")))
        metric = terms.get("metric.type", "")
        if any(not query.get(name) for name in _WANTED) or not metric.startswith(_METRICS):
            raise malformed(request, "filter, interval or aggregation is missing or unknown", 400)
        place = f"{terms.get('resource.labels.location')}/{terms.get('resource.labels.service_name')}"
        service, grouped = project.services.get(place), bool(query.get("aggregation.groupByFields"))
        first, last = (datetime.fromisoformat(query[f"interval.{name}Time"]) for name in ("start", "end"))
        period = timedelta(seconds=int(query["aggregation.alignmentPeriod"].removesuffix("s")))
        if period < _SHORTEST or first >= last:
            raise malformed(
                request, "the alignment period is less than a minute, or the interval is empty", 400
            )
        measured = self._measured(project, service, first, last) if service else []
        points = list(_points(measured, metric, (first, last, period)))
        series = _series(metric, points if grouped else _together(points))
        return JSONResponse({**({"timeSeries": series} if series else {}), "unit": "1"})

    def _measured(
        self, project: Project, service: Service, first: datetime, last: datetime
    ) -> list[Measured]:
        """What was measured by hand and what visitors went through, as far as it is in by now."""
        world = self._door.world
        in_by = min(world.horizon, world.clock.now() - project.monitoring_late)
        by_hand = [one for one in service.measured if one.at <= in_by]
        return by_hand + world.went_through(service, Window(first, last, _SHORTEST, in_by))


def _points(
    measured: list[Measured], metric: str, over: tuple[datetime, datetime, timedelta]
) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """Each value with its labels, the newest first; every period is counted back from the interval's end."""
    first, end, period = over
    while end > first:
        begin = max(end - period, first)
        found = [one for one in measured if begin < one.at <= end]
        times = {"startTime": _exactly(begin), "endTime": _exactly(end)}
        for labels, value in _numbers(found, metric.removeprefix(_METRICS)):
            yield labels, {"interval": times, "value": value}
        end = begin


def _exactly(at: datetime) -> str:
    """The instants of an answer are those that were asked for, to the last digit."""
    return at.isoformat().replace("+00:00", "Z")


def _numbers(found: list[Measured], metric: str) -> Numbers:
    match metric:
        case "request_count":
            codes = {code: 0 for one in found for code in one.requests}
            counts = {code: sum(one.requests.get(code, 0) for one in found) for code in codes}
            return [
                ({"response_code_class": code}, {"int64Value": str(each)}) for code, each in counts.items()
            ]
        case "request_latencies":
            return _worst([one.p95_ms for one in found])
        case "container/memory/utilizations":
            return _worst([one.memory for one in found])
        case "container/cpu/utilizations":
            return _worst([one.cpu for one in found])
        case "container/startup_latencies":
            starts = sum(one.starts for one in found)
            return [({}, {"distributionValue": {"count": str(starts)}})] if starts else []
        case _:
            return []


def _together(
    points: list[tuple[dict[str, str], dict[str, Any]]],
) -> list[tuple[dict[str, str], dict[str, Any]]]:
    """One value for each period, whatever its labels."""
    found: dict[str, dict[str, Any]] = {}
    for _, point in points:
        before = found.setdefault(point["interval"]["endTime"], point)
        if before is not point:
            both = sum(int(one["value"]["int64Value"]) for one in (before, point))
            found[point["interval"]["endTime"]] = {**point, "value": {"int64Value": str(both)}}
    return [({}, point) for point in found.values()]


def _worst(numbers: list[float | None]) -> Numbers:
    known = [one for one in numbers if one is not None]
    return [({}, {"doubleValue": max(known)})] if known else []


def _series(metric: str, points: list[tuple[dict[str, str], dict[str, Any]]]) -> list[dict[str, Any]]:
    every = {tuple(labels.items()): labels for labels, _ in points}
    return [
        _one(metric, labels, [point for each, point in points if each == labels]) for labels in every.values()
    ]


def _one(metric: str, labels: dict[str, str], points: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "metric": {"type": metric, **({"labels": labels} if labels else {})},
        "resource": {"type": "cloud_run_revision", "labels": {"project_id": "ensei-example"}},
        "metricKind": "DELTA",
        "valueType": _KINDS[next(iter(points[0]["value"]))],
        "points": points,
    }
