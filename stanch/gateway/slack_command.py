"""Slack's command `/stanch`: looking at incidents, and saying a word to one, as at every other door."""

import asyncio
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from pydantic import ValidationError

from stanch.errors import StanchError
from stanch.gateway.authentication import Caller
from stanch.gateway.dependencies import Dependencies
from stanch.gateway.http_errors import documented, of_stanch, refused
from stanch.gateway.incident_routes import IncidentRoutes
from stanch.gateway.words import Words
from stanch.model.decision import SaidAt, Say
from stanch.plain import for_slack
from stanch.policy import telling
from stanch.policy.outbreaks import cut

_ANSWER_WITHIN = timedelta(seconds=2.5)
"""Slack gives three seconds, and shows an error of its own after them."""
_LONGEST = 2_900
_MOST = 20
_LONGEST_ITEM = 4
_TAKES = (Say.APPROVE, Say.REJECT, Say.DONE)
"""They take one thing more between the incident's number and a note."""
_OFFERED = tuple(say for say in Say if say not in (Say.RUN, Say.SEVERITY))
_HELP = "\n".join(
    (
        "/stanch incidents: what is open",
        "/stanch show INC-…: one incident, and what it waits for",
        "/stanch approve INC-… DIGEST: or reject, with a note behind it if you like",
        "/stanch done INC-… NUMBER: what was done by hand",
        f"Also, with the incident's number: {', '.join(say for say in _OFFERED if say not in _TAKES)}",
    )
)


class SlackCommand:
    """What is typed behind `/stanch`."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies
        self._incidents = IncidentRoutes(dependencies)
        self._running: set[asyncio.Task[str]] = set()

    async def receive(self, request: Request) -> dict[str, Any]:
        """Take a command of the team's Slack app; only whoever typed it sees the answer.

        A request has to bear Slack's signature, be younger than five minutes, and come for the first time.
        """
        known = self._dependencies.rules.authenticator
        if not known.slack.is_configured:
            text = "no channel in stanch.yaml has a signing_secret: write the one of your Slack app"
            raise refused(HTTPStatus.NOT_FOUND, "slack-not-configured", text)
        body = await request.body()
        signature = known.slack.signed(request.headers, body)
        if not signature or not self._dependencies.slack_seen.is_new(signature):
            text = (
                "this is not signed by your Slack app, was signed more than five minutes ago, or came before:"
                " compare signing_secret in stanch.yaml with the app's, and this machine's clock"
            )
            raise refused(HTTPStatus.UNAUTHORIZED, "unauthenticated", text)
        fields = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
        member = fields.get("user_id", "")
        caller = known.at_slack(member)
        if caller is None:
            return _shown(
                f"Sorry, Stanch does not know you here: ask for slack: {member} at your name under people in"
                " stanch.yaml"
            )
        return _shown(await self._in_time(fields.get("text", ""), caller))

    async def _in_time(self, typed: str, caller: Caller) -> str:
        """The answer, or that it is not there yet; what was begun is finished either way."""
        running = asyncio.create_task(self._answer(typed, caller))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        done, _ = await asyncio.wait({running}, timeout=_ANSWER_WITHIN.total_seconds())
        if done:
            return running.result()
        return "No answer yet, though it may still be heard: look with /stanch show before you repeat it"

    async def _answer(self, typed: str, caller: Caller) -> str:
        word, _, rest = typed.strip().partition(" ")
        number, _, rest = rest.strip().partition(" ")
        try:
            if word == "incidents":
                return await self._listed()
            if word == "show" and number:
                return await self._details(number)
            if word in _OFFERED and number:
                return await self._said(Say(word), number, rest.strip(), caller)
        except ValidationError as error:
            return f"Refused: {error.errors()[0]['msg'].removeprefix('Value error, ')}"
        except StanchError as error:
            return f"Refused: {of_stanch(error).message}"
        return _HELP

    async def _listed(self) -> str:
        found = (await self._incidents.listed(only_open=True, limit=_MOST)).incidents
        rows = (f"{one.number} {one.severity}: {one.scenario} on {one.service}, {one.phase}" for one in found)
        return "\n".join(rows) or "No incident is open"

    async def _details(self, number: str) -> str:
        found = await self._incidents.shown(number)
        parts = (f"{found.state.number} {found.headline}", found.plan_text, telling.card(found.state))
        return "\n".join(part for part in parts if part)

    async def _said(self, word: Say, number: str, rest: str, caller: Caller) -> str:
        words = _words(word, rest)
        answer = await self._incidents.hear(number, word, caller, words, door=SaidAt.SLACK)
        return answer.text if answer.accepted else f"Refused: {answer.text}"


def _words(word: Say, rest: str) -> Words:
    """What stands behind the number; what makes no sense there is refused as at every door."""
    if word not in _TAKES:
        return Words(note=rest)
    first, _, note = rest.partition(" ")
    if word is not Say.DONE:
        return Words(digest=first, note=note.strip())
    item = int(first) if first.isascii() and first.isdecimal() and len(first) <= _LONGEST_ITEM else 0
    return Words(item=item, note=note.strip())


def _shown(text: str) -> dict[str, Any]:
    return {"response_type": "ephemeral", "text": for_slack(cut(text, _LONGEST))}


def routes(dependencies: Dependencies) -> APIRouter:
    """Where Slack sends what people type."""
    router = APIRouter(tags=["slack"])
    router.add_api_route(
        "/slack/command",
        SlackCommand(dependencies).receive,
        methods=["POST"],
        summary="Take a command of the team's Slack app",
        responses=documented(
            HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND, HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        ),
    )
    return router
