"""Logs and metrics as CloudWatch shows what moto keeps: late, in fragments, page after page."""

import json
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from sandbox.aws.calls import AwsCall
from sandbox.aws.world import AwsWorld
from sandbox.clock import milliseconds

_GOOD = 300


class CloudWatch:
    """What may be read of logs and metrics by now."""

    def __init__(self, world: AwsWorld) -> None:
        self._world = world

    def metrics(self, call: AwsCall) -> Response:
        """Points of what was measured until a while ago: of a period that is not over yet, a fragment.

        An end that is in no period yet leaves nothing of it; zero is no point at all (grafana/alloy#3929,
        prometheus/cloudwatch_exporter#95). What does not fit into an answer is `PartialData` with a token.
        """
        known = min(self._world.horizon, self._world.clock.now() - self._world.late.metrics)
        end = min(call.given["EndTime"], known.timestamp())
        if end <= call.given["StartTime"]:
            results = [
                {
                    "Id": one["Id"],
                    "Label": one["Id"],
                    "Timestamps": [],
                    "Values": [],
                    "StatusCode": "Complete",
                }
                for one in call.given["MetricDataQueries"]
            ]
            return _as_json({"MetricDataResults": results})
        asked = {**call.given, "EndTime": end}
        offset = int(asked.pop("NextToken", 0))
        said, body = self._asked(call, asked)
        return said if body is None else _as_json(self._page(body, offset))

    def logs(self, call: AwsCall) -> Response:
        """Lines of a group, the oldest first unless asked for from their end; a page may be empty."""
        given = dict(call.given)
        empty, offset = map(int, given.pop("nextToken", f"{self._world.empty_pages}/0").split("/"))
        from_head, most = given.pop("startFromHead", True), int(given.pop("limit", 10_000))
        said, body = self._asked(call, given)
        if body is None:
            return said
        known = milliseconds(min(self._world.horizon, self._world.clock.now() - self._world.late.logs))
        events = [event for event in body["events"] if event["timestamp"] <= known]
        events.sort(key=lambda event: event["timestamp"], reverse=not from_head)
        if empty:
            return _as_json({"events": [], "searchedLogStreams": [], "nextToken": f"{empty - 1}/0"})
        until = offset + min(most, self._world.longest_page)
        shown: dict[str, Any] = {"events": events[offset:until], "searchedLogStreams": []}
        return _as_json(shown | ({"nextToken": f"0/{until}"} if until < len(events) else {}))

    def _asked(self, call: AwsCall, given: dict[str, Any]) -> tuple[Response, dict[str, Any] | None]:
        said = self._world.borrowed.answer(replace(call, given=given, body=json.dumps(given).encode()))
        return said, json.loads(bytes(said.body)) if said.status_code < _GOOD else None

    def _page(self, body: dict[str, Any], offset: int) -> dict[str, Any]:
        until = offset + self._world.most_points
        more = any(len(one["Timestamps"]) > until for one in body["MetricDataResults"])
        results = [
            {
                **one,
                "Timestamps": one["Timestamps"][offset:until],
                "Values": one["Values"][offset:until],
                "StatusCode": "PartialData" if len(one["Timestamps"]) > until else "Complete",
            }
            for one in body["MetricDataResults"]
        ]
        return {"MetricDataResults": results, **({"NextToken": str(until)} if more else {})}


def _as_json(body: dict[str, Any]) -> Response:
    return Response(json.dumps(body), media_type="application/x-amz-json-1.1")
