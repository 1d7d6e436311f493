"""A gateway small enough to be understood at a glance: real HTTP, real state, no Temporal."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from stanch.model.incident import Outcome, Phase
from stanch.model.message import TimelineEntry
from stanch.model.record import View
from stanch.model.team import Team
from stanch.policy import on_call
from tests.cli import samples

Answer = tuple[int, dict[str, Any]]

PEOPLE = {"token-of-ana": ("ana", "approver"), "token-of-li": ("li", "responder")}
SOURCE_TOKEN = "token-of-alertmanager"
APPROVERS_ONLY = {"approve", "reject", "run", "undo"}
WORDS = {
    "approve", "reject", "acknowledge", "escalate", "severity", "note", "run", "undo", "resolve", "abort",
}  # fmt: skip


def refused(status: int, code: str, message: str) -> Answer:
    return status, {"error": {"code": code, "message": message, "field": None}}


class FakeGateway:
    """What it was told, and the incidents it knows."""

    def __init__(self) -> None:
        self.url = ""
        self.views: dict[str, View] = {}
        self.paused: dict[str, str] = {}
        self.team = Team()
        self.webhooks: list[tuple[str, dict[str, Any]]] = []
        self.said: list[tuple[str, str, dict[str, Any]]] = []
        self.looks = 0
        self.instead: Answer | None = None
        self.raw: tuple[int, bytes] | None = None
        self.script: list[View] = []

    def add(self, view: View) -> View:
        self.views[view.state.number] = view
        return view

    def answer(self, method: str, target: str, token: str, body: dict[str, Any]) -> Answer:
        if self.instead is not None:
            return self.instead
        parts = urlsplit(target).path.strip("/").split("/")
        if parts[0] == "alerts":
            return self._alert(parts[1], token, body)
        if token not in PEOPLE:
            return refused(401, "unauthenticated", "show your own token")
        return self._of_people(method, target, PEOPLE[token], body)

    def _of_people(self, method: str, target: str, caller: tuple[str, str], body: dict[str, Any]) -> Answer:
        at = urlsplit(target)
        query = parse_qs(at.query)
        match method, at.path.strip("/").split("/"):
            case "GET", ["incidents"]:
                return self._listed(query)
            case "GET", ["incidents", number]:
                return self._shown(number)
            case "GET", ["on-call"]:
                return self._on_call(query)
            case "POST", ["incidents", number, word] if word in WORDS:
                return self._say(number, word, caller, body)
            case _, ["pause" | "resume" as switch]:
                return self._switch(method, switch, caller[0], body)
        return refused(404, "not-found", "Not Found")

    def _alert(self, source: str, token: str, body: dict[str, Any]) -> Answer:
        if source != "alertmanager":
            return refused(404, "unknown-source", "there is no such source; known are alertmanager")
        if token != SOURCE_TOKEN:
            return refused(401, "unauthenticated", "this is not the secret of sources.alertmanager")
        self.webhooks.append((source, body))
        firing = any(alert["status"] == "firing" for alert in body["alerts"])
        if firing and not self.views:
            self.add(samples.waiting())
        return 202, {"accepted": len(body["alerts"]), "incidents": list(self.views)}

    def _listed(self, query: dict[str, list[str]]) -> Answer:
        views = list(self.views.values())
        if query.get("open") == ["true"]:
            views = [view for view in views if view.state.phase is not Phase.CLOSED]
        return 200, {"incidents": [samples.row(view) for view in views][: int(query["limit"][0])]}

    def _shown(self, number: str) -> Answer:
        self.looks += 1
        if self.script:
            self.add(self.script.pop(0))
        if number not in self.views:
            return refused(404, "unknown-incident", f"there is no incident {number}")
        return 200, samples.shown(self.views[number])

    def _on_call(self, query: dict[str, list[str]]) -> Answer:
        at = datetime.fromisoformat(query["at"][0]) if "at" in query else samples.NOW
        found = on_call.standing(self.team, at, week=query.get("week") == ["true"])
        return 200, found.model_copy(update={"read_at": samples.NOW}).model_dump(mode="json")

    def _say(self, number: str, word: str, caller: tuple[str, str], body: dict[str, Any]) -> Answer:
        if number not in self.views:
            return refused(404, "unknown-incident", f"there is no incident {number}")
        if word in APPROVERS_ONLY and caller[1] != "approver":
            return refused(403, "role-missing", f"{caller[0]} does not have the role approver")
        view = self.views[number]
        if view.state.phase is Phase.CLOSED:
            return refused(409, "closed", f"{number} is closed")
        if word in {"approve", "reject"} and body.get("digest") != view.digest:
            return refused(409, "refused", f"the plan changed: {view.digest} is waiting")
        self.said.append((number, word, body))
        if word == "resolve":
            self.close(number)
        digest = {"approve": "0ddba11c0ffe" if body.get("lower") else view.digest}.get(word, "")
        return 200, {"accepted": True, "text": f"{word} by {caller[0]}", "digest": digest}

    def close(self, number: str) -> None:
        view = self.views[number]
        line = TimelineEntry(at=samples.NOW, kind="closed", text="closed: resolved by a person")
        ended = {"phase": Phase.CLOSED, "outcome": Outcome.BY_PEOPLE, "round": None, "waiting_for": ""}
        changes = {**ended, "timeline": (*view.state.timeline, line)}
        state = view.state.model_copy(update=changes)
        self.add(view.model_copy(update={"state": state, "digest": ""}))

    def _switch(self, method: str, switch: str, person: str, body: dict[str, Any]) -> Answer:
        if method == "GET":
            return 200, {"paused": [f"{scope} is paused by {why}" for scope, why in self.paused.items()]}
        scope = body["scope"]
        if scope == "service:nobody":
            return refused(422, "unknown-scope", "there is no such service; known are backend")
        stood = scope in self.paused
        if switch == "resume":
            self.paused.pop(scope, None)
            return 200, {"scope": scope, "paused": False, "changed": stood}
        self.paused[scope] = f"{person}: {body.get('why', 'no reason given')}"
        return 200, {"scope": scope, "paused": True, "changed": not stood}


def _door(gateway: FakeGateway) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply("GET", {})

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length", "0"))
            self._reply("POST", json.loads(self.rfile.read(size)))

        def _reply(self, method: str, body: dict[str, Any]) -> None:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            status, content = gateway.raw or self._as_json(gateway.answer(method, self.path, token, body))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "https://elsewhere.example/")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        @staticmethod
        def _as_json(answer: Answer) -> tuple[int, bytes]:
            return answer[0], json.dumps(answer[1]).encode()

        def log_message(self, *_: Any) -> None:
            """Silent: what a command prints is what is tested."""

    return Door


@contextmanager
def open_gateway() -> Iterator[FakeGateway]:
    """Open inside, on a free port."""
    gateway = FakeGateway()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _door(gateway))
    gateway.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
