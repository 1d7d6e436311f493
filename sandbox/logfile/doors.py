"""Files as a web server gives them: whole, or the end of them."""

import re
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError, malformed
from sandbox.keys import shown
from sandbox.logfile.keys import LogfileKey
from sandbox.logfile.world import LogFile, LogfileWorld


def routes(world: LogfileWorld) -> list[Route]:
    """Where files stand."""
    return [Route("/logfile/{name:path}", Files(world).file, methods=["GET"])]


@dataclass
class Files:
    """Who may read which file."""

    world: LogfileWorld

    async def file(self, request: Request) -> Response:
        """The end of a file that is asked for, or all of it where the server gives no parts."""
        file = self._file(request)
        body, wanted = "".join(self._written(file)).encode(), request.headers.get("range")
        if not wanted or not file.gives_parts:
            return PlainTextResponse(body)
        last = re.fullmatch(r"bytes=-(\d+)", wanted)
        if last is None:
            raise malformed(request, f"only the end of a file is played here, not {wanted}", 400)
        begin = max(0, len(body) - int(last[1]))
        if not body:
            return PlainTextResponse("", 416, headers={"Content-Range": "bytes */0"})
        where = f"bytes {begin}-{len(body) - 1}/{len(body)}"
        return PlainTextResponse(body[begin:], 206, headers={"Content-Range": where})

    def _written(self, file: LogFile) -> list[str]:
        """The lines that are in it by now."""
        lines = file.text.splitlines(keepends=True)
        return (
            self.world.arrived(lines, lambda line: line.partition(" ")[0]) if self.world.lateness else lines
        )

    def _file(self, request: Request) -> LogFile:
        file = self.world.files.get(request.path_params["name"])
        if file is None:
            raise AnswerError(404, {"error": "not found"})
        if not file.is_open and shown(request) != LogfileKey.ALL:
            raise AnswerError(403 if shown(request) else 401, {"error": "not allowed"})
        return file
