"""The client's side of Redis's protocol: commands become requests, answers go back as they came."""

import httpx

from sandbox.proxies import Said, WireClient
from sandbox.redis.messages import command, spoken, written

WRITES = ("UNLINK", "SET")
_WORDS: dict[int, str] = {
    401: "NOAUTH Authentication required.",
    403: "NOPERM User has no permissions to run this command",
    409: "TRYAGAIN Multiple keys request during rehashing of slot",
    412: "TRYAGAIN Multiple keys request during rehashing of slot",
    429: "ERR max number of clients reached",
    500: "BUSY Redis is busy running a script.",
    503: "LOADING Redis is loading the dataset in memory",
}
_OTHERWISE = "ERR refused"


async def serve(caller: WireClient) -> None:
    """One connection; each command is an exchange of its own."""
    while True:
        words = await command(caller.reader)
        name = words[0].decode().upper()
        method = "POST" if name in WRITES else "GET"
        try:
            said = await caller.ask(method, f"/redis/{name}", spoken(words))
        except httpx.HTTPError:
            # Redis has no word for an answer that does not come: the connection just ends.
            caller.writer.transport.abort()
            return
        caller.writer.write(_answer(said))
        await caller.writer.drain()
        if said.data is None:
            return


def _answer(said: Said) -> bytes:
    """What the server said; what nobody can read goes out as it is."""
    if said.refused:
        return f"-{_WORDS.get(said.status, _OTHERWISE)} ({said.text})\r\n".encode()
    return said.body + b"\r\n" if said.data is None else written(said.data)
