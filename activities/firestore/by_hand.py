"""What a person types at Firestore: gcloud, and its REST API where that has no command."""

import json
from shlex import quote
from typing import Any

from activities.firestore.answers import Flag

_URL = "https://firestore.googleapis.com/v1"
_BEARER = '-H "Authorization: Bearer $(gcloud auth print-access-token)"'
_KINDS = {bool: "booleanValue", int: "integerValue", float: "doubleValue"}


def writing(database: str, flag: Flag, value: Any, *, existed: bool) -> str:
    """One field of one document; without a value it is taken away, and so is a document made for it."""
    url = f"{_URL}/{database}/documents/{flag.document}"
    if value is None and not existed:
        return f"curl -X DELETE {quote(url)} {_BEARER}"
    body: dict[str, Any] = {}
    if value is not None:
        kind = _KINDS.get(type(value), "stringValue")
        body = {kind: str(value) if kind == "integerValue" else value}
        for name in reversed(flag.path[1:]):
            body = {"mapValue": {"fields": {name: body}}}
        body = {"fields": {flag.path[0]: body}}
    masked = f"{url}?updateMask.fieldPaths={flag.quoted}"
    return (
        f"curl -X PATCH {quote(masked)} {_BEARER}"
        f' -H "Content-Type: application/json" -d {quote(json.dumps(body))}'
    )


def gcloud(command: str, project: str, **options: str) -> str:
    """A `gcloud firestore` command."""
    said = [f"--{name.replace('_', '-')}={quote(value)}" for name, value in options.items() if value]
    return " ".join(["gcloud firestore", command, *said, f"--project={quote(project)}"])
