"""One incident in a world, from the alert to its end, with the people and the monitoring there."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper

from sandbox import Sandbox
from sandbox.wellbeing import pass_by, wrong_in
from stanch.cli.failures import CommandError
from stanch.cli.worlds import verdict
from stanch.cli.worlds.story import Story
from stanch.model.incident import IncidentState, Phase
from stanch.model.record import View
from stanch.playbooks.worlds import WorldAlert, WrittenWorld

_STEP = timedelta(minutes=1)
_STRIDE = timedelta(minutes=5)
_HOLDS = timedelta(minutes=20)
"""So long the trouble of a vendor lasts while it is waited for."""
_NOTHING_MORE = timedelta(minutes=10)
"""So long it is looked at what happens once people have it."""
_STILL_FIRES = timedelta(minutes=30)
"""So long it is looked at that all is well and an alert goes on."""
_AT_MOST = timedelta(hours=8)
_PATIENCE = 180.0
"""Seconds that somebody waits for an incident to move on."""
_FINGERPRINT = "5ca1ab1e0ddba11"
_UNKNOWN = 404
_PEOPLE = "people"
"""Who is told changes nothing."""


@dataclass
class Playing:
    """One world under way; what comes of it stands in its story."""

    sandbox: Sandbox
    gateway: httpx.AsyncClient
    """With the token of nobody."""
    tokens: Mapping[str, str]
    """Of those who may approve, by name."""
    alert_token: str
    skipper: TimeSkipper
    world: WrittenWorld
    hasty: bool = False
    """It is over as soon as it cannot end as expected any more."""
    story: Story = field(default_factory=Story)
    number: str = ""
    fires: bool = True
    since: dict[Phase, timedelta] = field(default_factory=dict)
    """How late it was when it was first seen to be so."""
    _asked: set[str] = field(default_factory=set)
    _reported: bool = False

    async def to_the_end(self) -> Story:
        """Until it is closed, or people have it."""
        if self.world.alert is not None:
            self.number = await self._report(self.world.alert)
        else:
            self.number = await self._open(self.world.asked or {})
        try:
            await self._go_on()
        except TimeoutError:
            self.story.stuck = True
        self._look_around()
        return self.story

    async def _go_on(self) -> None:
        while self.number and self.story.skipped < _AT_MOST:
            async with asyncio.timeout(_PATIENCE):
                view = await self._view()
                if view is None or self._is_over(view.state):
                    return
                if not await self._said(view):
                    await self._monitored(view.state)
                    await self._pass_time(view)

    async def _view(self) -> View | None:
        answer = await self._as(next(iter(self.tokens)), "GET", f"/incidents/{self.number}")
        if answer.status_code == _UNKNOWN:
            return None
        view = View.model_validate_json(answer.raise_for_status().content)
        self.story.state = view.state
        self.story.phases.add(view.state.phase)
        return view

    def _is_over(self, state: IncidentState) -> bool:
        passed = self.story.skipped
        if self.hasty and verdict.is_lost(self.world.expect, self.story):
            return True
        if self.world.people.done and any(item.done is None for item in state.to_do):
            return False
        if state.phase is Phase.CLOSED:
            return True
        if self.since.get(Phase.WATCH) and state.phase is not Phase.WATCH:
            del self.since[Phase.WATCH]
        if state.phase is Phase.WATCH and self.fires:
            return passed - self.since.setdefault(Phase.WATCH, passed) >= _STILL_FIRES
        if state.phase is Phase.HOLD and self.world.expect.lasts:
            return passed - self.since.setdefault(Phase.HOLD, passed) >= _HOLDS
        if not (state.in_hand or state.phase in (Phase.HANDED_OVER, Phase.BY_HAND)):
            self.since.pop(Phase.HANDED_OVER, None)
            return False
        return passed - self.since.setdefault(Phase.HANDED_OVER, passed) >= _NOTHING_MORE

    async def _said(self, view: View) -> bool:
        """Whether somebody has said something that the incident now goes on by."""
        state, people = view.state, self.world.people
        if state.phase is Phase.APPROVE and state.round is not None:
            return await self._decided(state, view.digest)
        ticks = [item.number for item in state.to_do if item.done is None] if people.done else []
        for number in ticks:
            await self._word("done", {"item": number})
        return bool(ticks)

    async def _decided(self, state: IncidentState, digest: str) -> bool:
        assert state.round is not None  # noqa: S101 - the caller has looked
        option, words = state.round.plan.option, self.world.people
        asked = f"{option} {state.asks}"
        if asked not in self._asked:
            self._asked.add(asked)
            self.story.asked.append(option)
        word = words.about.get(option, words.say)
        if word == "nothing":
            return False
        by = [name for name in self.tokens if name not in state.approvals]
        return await self._word(word, {"digest": digest}, by)

    async def _word(self, word: str, body: Mapping[str, Any], by: list[str] | None = None) -> bool:
        """Said by the first of these whose word counts."""
        refusal = "nobody is left who may say it"
        for name in by if by is not None else self.tokens:
            answer = await self._as(name, "POST", f"/incidents/{self.number}/{word}", body)
            if answer.is_success:
                return True
            refusal = f"{name}: {answer.json().get('error', {}).get('message', answer.text)}"
        self.story.refusals.append(f"{word}: {refusal}")
        raise CommandError("refused", f"{word} was refused: {refusal}")

    async def _monitored(self, state: IncidentState) -> None:
        """The vendor recovers in time, and the monitoring says what it sees."""
        if state.phase is Phase.HOLD:
            since = self.since.setdefault(Phase.HOLD, self.story.skipped)
            if self.story.skipped - since >= _HOLDS and not self.world.expect.lasts:
                pass_by(self.sandbox)
        fires = bool(wrong_in(self.sandbox))
        looked = self.story.skipped > timedelta(0)  # at first it says what it has just said
        if self.world.alert is not None and looked and fires != self.fires:
            self.fires = fires
            await self._report(self.world.alert)

    async def _pass_time(self, view: View) -> None:
        """A minute; more where nothing is expected to happen but that time passes."""
        calm = view.state.phase in (Phase.VERIFY, Phase.WATCH) and not self.fires
        waits = view.state.phase in (Phase.HOLD, Phase.HANDED_OVER, Phase.BY_HAND)
        step = _STRIDE if calm or waits else _STEP
        handle = self.skipper.client.get_workflow_handle(view.workflow_id)
        try:
            await self.skipper.fast_forward(handle, step)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
        self.story.skipped += step

    def _look_around(self) -> None:
        story, ledger = self.story, self.sandbox.ledger
        story.complaints = wrong_in(self.sandbox)
        story.effects = [f"{one.operation} {one.target}" for one in ledger.effects() if one.vendor != _PEOPLE]
        story.surprises = [f"{one.method} {one.path}: {one.because}" for one in ledger.unexpected]
        story.copies = {name: len(one.host.instances()) for name, one in self.sandbox.services.items()}
        story.told = [str(letter.body) for letter in self.sandbox.inbox]

    async def _report(self, alert: WorldAlert) -> str:
        """As Alertmanager would; the incident that has it, where there is one."""
        now = self.sandbox.clock.now()
        labels = {
            "alertname": alert.name,
            **alert.labels,
            **({"service": alert.service} if alert.service else {}),
        }
        one = {
            "status": "firing" if self.fires else "resolved",
            "labels": labels,
            "annotations": {"summary": self.world.says},
            "startsAt": _written(now - self.world.since if not self._reported else now),
            "endsAt": "0001-01-01T00:00:00Z" if self.fires else _written(now),
            "generatorURL": "",
            "fingerprint": _FINGERPRINT,
        }
        self._reported = True
        body = {
            "version": "4",
            "groupKey": "{}:{}",
            "status": one["status"],
            "receiver": "stanch",
            "groupLabels": {},
            "commonLabels": {},
            "commonAnnotations": {},
            "externalURL": "",
            "alerts": [one],
        }
        headers = {"Authorization": f"Bearer {self.alert_token}"}
        answer = await self.gateway.post("/alerts/alertmanager", json=body, headers=headers)
        incidents = answer.raise_for_status().json()["incidents"]
        return str(incidents[0]) if incidents else ""

    async def _open(self, inputs: Mapping[str, str]) -> str:
        name = next(iter(self.tokens))
        answer = await self._as(name, "POST", f"/scenarios/{self.world.scenario}", {"with": dict(inputs)})
        if not answer.is_success:
            self.story.refusals.append(str(answer.json()["error"]["message"]))
            return ""
        return str(answer.json()["incident"])

    async def _as(
        self, name: str, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens[name]}"}
        return await self.gateway.request(method, path, json=body, headers=headers)


def _written(at: datetime) -> str:
    return at.isoformat()
