"""Bodies of several parts, which Cloudflare wants where a file could be among them."""

from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP

from starlette.requests import Request


@dataclass(frozen=True)
class Part:
    """One part: its type, as it was said, and what is in it."""

    kind: str
    content: bytes


async def parts_of(request: Request) -> dict[str, Part]:
    """The parts by name; none where the body is something else."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return {}
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + await request.body())
    found = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        said = str(part["content-type"]) if part["content-type"] else ""
        content = part.get_payload(decode=True)
        found[str(name)] = Part(said, content if isinstance(content, bytes) else b"")
    return found
