"""Cloud Monitoring's endpoint (monitoring v3): a service's numbers, already aggregated."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import malformed
from sandbox.firebase.door import FirebaseDoor
from sandbox.firebase.service import Service

_METRICS = "run.googleapis.com/"
_WANTED = (
    "interval.startTime", "interval.endTime", "aggregation.alignmentPeriod",
    "aggregation.perSeriesAligner", "aggregation.crossSeriesReducer",
)  # fmt: skip
_TERM = re.compile(r'([\w.]+)\s*=\s*"([^"]*)"')


class Monitoring:
    """Listing time series of one metric of one service, one point each."""

    def __init__(self, door: FirebaseDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where this endpoint stands."""
        return [Route("/firebase/monitoring/v3/projects/{project}/timeSeries", self.every, methods=["GET"])]

    async def every(self, request: Request) -> Response:
        """The series that the filter names; none where nothing was measured."""
        project = self._door.project(request, "Cloud Monitoring API", "monitoring.timeSeries.list")
        query = request.query_params
        terms = dict(_TERM.findall(query.get("filter", "")))
        metric = terms.get("metric.type", "")
        if any(not query.get(name) for name in _WANTED) or not metric.startswith(_METRICS):
            raise malformed(request, "filter, interval or aggregation is missing or unknown", 400)
        place = f"{terms.get('resource.labels.location')}/{terms.get('resource.labels.service_name')}"
        service = project.services.get(place)
        times = {"startTime": query["interval.startTime"], "endTime": query["interval.endTime"]}
        series = _series(service, metric, times) if service else []
        return JSONResponse({**({"timeSeries": series} if series else {}), "unit": "1"})


def _series(service: Service, metric: str, times: dict[str, str]) -> list[dict[str, Any]]:
    measured = service.measured
    match metric.removeprefix(_METRICS):
        case "request_count":
            return [
                _one(metric, {"response_code_class": code}, {"int64Value": str(count)}, times)
                for code, count in measured.requests.items()
            ]
        case "request_latencies" if measured.p95_ms is not None:
            return [_one(metric, {}, {"doubleValue": measured.p95_ms}, times)]
        case "container/memory/utilizations" if measured.memory is not None:
            return [_one(metric, {}, {"doubleValue": measured.memory}, times)]
        case "container/startup_latencies" if measured.starts:
            return [_one(metric, {}, {"distributionValue": {"count": str(measured.starts)}}, times)]
        case _:
            return []


def _one(metric: str, labels: dict[str, str], value: dict[str, Any], times: dict[str, str]) -> dict[str, Any]:
    kinds = {"int64Value": "INT64", "doubleValue": "DOUBLE", "distributionValue": "DISTRIBUTION"}
    return {
        "metric": {"type": metric, **({"labels": labels} if labels else {})},
        "resource": {"type": "cloud_run_revision", "labels": {"project_id": "ensei-example"}},
        "metricKind": "DELTA",
        "valueType": kinds[next(iter(value))],
        "points": [{"interval": times, "value": value}],
    }
