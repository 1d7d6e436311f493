"""The client's side of PostgreSQL's protocol: statements become requests, answers go back as they came."""

import httpx

from sandbox.postgres.messages import READY, SYNC, Frame, frame, opening, refusal, statement
from sandbox.proxies import Said, WireClient

_STATES: dict[int, tuple[str, str]] = {
    401: ("28P01", "password authentication failed"),
    403: ("42501", "permission denied"),
    404: ("42P01", "relation does not exist"),
    409: ("40001", "could not obtain lock: could not serialize access"),
    412: ("55P03", "could not obtain lock on relation"),
    422: ("22023", "invalid value for parameter"),
    429: ("53300", "sorry, too many clients already"),
    503: ("57P03", "the database system is starting up"),
}
_OTHERWISE = ("XX000", "internal error")
_TOO_LONG = ("57014", "canceling statement due to statement timeout")
_OPENING, _STATEMENT = "FATAL", "ERROR"


async def serve(caller: WireClient) -> None:
    """One connection, from its opening to its end."""
    first = await opening(caller.reader, caller.writer)
    if not first or not await _passed(caller, _OPENING, ("GET", "connect"), first):
        return
    frames: list[Frame] = []
    while True:
        said = await frame(caller.reader)
        if said.kind == b"X":
            return
        frames.append(said)
        if said.kind == b"p":
            phase, call = _OPENING, ("GET", "authenticate")
        elif said.kind in SYNC:
            phase, call = _STATEMENT, statement(frames)
        else:
            continue
        if not await _passed(caller, phase, call, b"".join(one.raw for one in frames)):
            return
        frames.clear()


async def _passed(caller: WireClient, phase: str, call: tuple[str, str], sent: bytes) -> bool:
    """Whether the connection goes on after this exchange."""
    method, name = call
    try:
        said = await caller.ask(method, f"/postgres/{name}", sent)
    except httpx.TimeoutException:
        return await _refused(caller, phase, *_TOO_LONG)
    except httpx.HTTPError:
        caller.writer.transport.abort()
        return False
    if said.refused and "pooler" in (said.data or {}):
        caller.writer.write(refusal(said.data["pooler"], said.data["error"], _OPENING))
        await caller.writer.drain()
        return False
    if said.refused:
        state, text = _STATES.get(said.status, _OTHERWISE)
        return await _refused(caller, phase, state, f"{text} ({said.text})")
    caller.writer.write(_answer(said))
    await caller.writer.drain()
    return said.data is not None


async def _refused(caller: WireClient, phase: str, state: str, text: str) -> bool:
    caller.writer.write(refusal(state, text, phase, routine="sandbox"))
    if phase == _STATEMENT:
        caller.writer.write(Frame(READY, b"E").raw)
    await caller.writer.drain()
    return phase == _STATEMENT


def _answer(said: Said) -> bytes:
    """What the server said; what nobody can read goes out as it is."""
    data = said.data
    if data is None:
        return said.body
    return bytes.fromhex(data["before"] + "".join(data["rows"]) + data["after"])
