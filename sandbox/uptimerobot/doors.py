"""UptimeRobot's endpoints, as far as they are asked."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError, malformed, whole
from sandbox.clock import written
from sandbox.keys import shown
from sandbox.uptimerobot.keys import UptimeRobotKey
from sandbox.uptimerobot.world import Monitor, UptimeRobotWorld

_BASE = "/uptimerobot/v3"
_MOST = 200
_NOTHING = (
    "sslExpiryDateTime", "domainExpireDate", "authType", "customHttpHeaders", "httpMethodType",
    "postValueData", "postValueType", "port", "keywordValue", "keywordCaseType", "keywordType", "config",
    "apiKey",
)  # fmt: skip


def routes(world: UptimeRobotWorld) -> list[Route]:
    """Where these endpoints stand."""
    door = Monitors(world)
    return [
        Route(_BASE + "/monitors", door.page, methods=["GET"]),
        Route(_BASE + "/user/me", door.user, methods=["GET"]),
    ]


@dataclass
class Monitors:
    """The monitors of one account."""

    world: UptimeRobotWorld

    async def page(self, request: Request) -> Response:
        """One page; a whole link leads to the next, or none."""
        self._permit(request)
        limit, after = whole(request, "limit", 50), whole(request, "cursor", 0)
        if not 1 <= limit <= _MOST:
            raise malformed(request, f"limit must not be greater than {_MOST}", HTTPStatus.BAD_REQUEST)
        tags = {tag for tag in request.query_params.get("tags", "").split(",") if tag}
        found = [one for one in self.world.monitors if one.id > after and (not tags or tags & {*one.tags})]
        page = found[:limit]
        link = None
        if len(found) > limit:
            link = f"https://api.uptimerobot.example/v3/monitors?limit={limit}&cursor={page[-1].id}"
        return JSONResponse({"nextLink": link, "data": [self._shown(one) for one in page]})

    async def user(self, request: Request) -> Response:
        """Whose key it is."""
        self._permit(request)
        count = len(self.world.monitors)
        return JSONResponse(
            {
                "email": "ops@team.example",
                "fullName": "Ops",
                "monitorsCount": count,
                "monitorLimit": 50,
                "smsCredits": 0,
                "activeSubscription": {"plan": "Free", "monitorLimit": 50},
            }
        )

    def _permit(self, request: Request) -> None:
        if shown(request) not in tuple(UptimeRobotKey):
            raise AnswerError(401, {"statusCode": 401, "message": "Unauthorized"})

    def _shown(self, one: Monitor) -> dict[str, Any]:
        lasted = int((self.world.clock.now() - one.since).total_seconds())
        incident = {
            "id": f"{one.id}1",
            "status": "Ongoing",
            "cause": 333333,
            "reason": one.reason,
            "startedAt": written(one.since),
            "duration": None,
        }
        failed = one.status in ("DOWN", "LOOKS_DOWN")
        return {
            **dict.fromkeys(_NOTHING),
            "id": one.id,
            "friendlyName": one.name,
            "type": "HTTP",
            "url": one.url or f"https://{one.name.replace(' ', '-')}.example/healthz",
            "status": one.status,
            "interval": one.interval,
            "currentStateDuration": lasted,
            "lastIncidentId": incident["id"] if failed else None,
            "lastIncident": incident if failed else None,
            "httpUsername": "monitor" if one.password else "",
            "httpPassword": one.password,
            "tags": [
                {"id": number, "name": tag, "color": "#3bd671"} for number, tag in enumerate(one.tags, 1)
            ],
            **_as_made(),
        }


def _as_made() -> dict[str, Any]:
    """What nobody set."""
    return {
        "sslBrand": "",
        "checkSSLErrors": False,
        "sslExpirationReminder": False,
        "domainExpirationReminder": False,
        "followRedirections": True,
        "successHttpResponseCodes": ["2xx", "3xx"],
        "timeout": 30,
        "gracePeriod": 0,
        "responseTimeThreshold": 0,
        "regionalData": {"REGION": ["na"]},
        "maintenanceWindows": [],
        "psps": [],
        "userId": 1234567,
        "assignedAlertContacts": [],
        "lastDayUptimes": {"bucketSize": 3600, "histogram": []},
        "createDateTime": "2026-01-01T00:00:00Z",
    }
