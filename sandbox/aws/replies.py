"""AWS's answers and refusals, in JSON or in XML as each service writes them."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from starlette.responses import Response

from sandbox.aws.calls import AwsCall

REQUEST = "3f1d2a8e-2c07-4c2b-9a55-0d5c6f3f8a11"
_NAMESPACES = {
    "rds": "http://rds.amazonaws.com/doc/2014-10-31/",
    "elasticache": "http://elasticache.amazonaws.com/doc/2015-02-02/",
    "elasticloadbalancing": "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
}
_BY_STATUS = {
    401: "UnrecognizedClientException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    409: "ConflictException",
    429: "TooManyRequestsException",
    500: "InternalFailure",
    503: "ServiceUnavailable",
}
_DENIED = {
    "rds": "AccessDenied",
    "elasticache": "AccessDenied",
    "elasticloadbalancing": "AccessDenied",
    "ec2": "UnauthorizedOperation",
    "sts": "AccessDenied",
    "cloudfront": "AccessDenied",
}
_LISTS = re.compile(rb"<((?!MaxItems)\w+(?:s|Set))>(?:(?!</\1>).)*</\1>", re.DOTALL)


class RefusedError(Exception):
    """AWS refuses, by this code."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def denied(call: AwsCall, key: str) -> RefusedError:
    """The refusal that names the action which a policy would have to allow."""
    code = _DENIED.get(call.service, "AccessDeniedException")
    who = f"arn:aws:iam::123456789012:user/{key}"
    text = f"User: {who} is not authorized to perform: {call.action} on resource: * because no"
    text += f" identity-based policy allows the {call.action} action"
    return RefusedError(code, text, 403 if call.in_xml else 400)


def unknown_key(call: AwsCall) -> RefusedError:
    """The refusal of a key pair that AWS does not know."""
    if call.service == "ec2":
        return RefusedError(
            "AuthFailure", "AWS was not able to validate the provided access credentials", 401
        )
    code = "InvalidClientTokenId" if call.in_xml else "UnrecognizedClientException"
    return RefusedError(
        code, "The security token included in the request is invalid.", 403 if call.in_xml else 400
    )


def answer(call: AwsCall, body: Mapping[str, Any], status: int = 200) -> Response:
    """What was asked for."""
    if call.in_xml:
        name = call.operation
        inner = _xml({f"{name}Result": body, "ResponseMetadata": {"RequestId": REQUEST}})
        text = f'<{name}Response xmlns="{_NAMESPACES[call.service]}">{inner}</{name}Response>'
        return Response(text, status, media_type="text/xml")
    headers = {"x-amzn-RequestId": REQUEST}
    kind = "application/json" if call.service == "appconfig" else "application/x-amz-json-1.1"
    return Response(json.dumps(body, default=_epoch(call)), status, headers, kind)


def refusal(call: AwsCall, error: RefusedError) -> Response:
    """The refusal in the service's own shape."""
    body = shape(call, error.code, error.message)
    headers = {"x-amzn-RequestId": REQUEST, "x-amzn-ErrorType": error.code}
    if isinstance(body, str):
        return Response(body, error.status, media_type="text/xml")
    return Response(json.dumps(body), error.status, headers, "application/x-amz-json-1.1")


def shape(call: AwsCall, code: str, message: str) -> Any:
    """The body of a refusal."""
    if call.service == "ec2":
        said = _xml({"Errors": {"Error": {"Code": code, "Message": message}}, "RequestID": REQUEST})
        return f"<Response>{said}</Response>"
    if call.in_xml:
        told = {"Type": "Sender", "Code": code, "Message": message}
        return f"<ErrorResponse>{_xml({'Error': told, 'RequestId': REQUEST})}</ErrorResponse>"
    return {"__type": code, "message": message}


def ordered(path: str, status: int, message: str) -> Any:
    """The body of a refusal that a test ordered; `path` is what the call is known by."""
    _, _, service, operation = path.split("/", 3)
    call = AwsCall(service, operation)
    code = _BY_STATUS.get(status, "ValidationException")
    if code == "AccessDeniedException":
        error = denied(call, "sandbox")
        return shape(call, error.code, error.message)
    return shape(call, code, message)


def emptied(body: bytes) -> bytes:
    """The same answer with every list in it empty."""
    if body.lstrip().startswith(b"<"):
        return _LISTS.sub(rb"<\1/>", body)
    try:
        return json.dumps(_without_items(json.loads(body or b"null"))).encode()
    except ValueError:
        return body


def written(at: datetime) -> str:
    """An instant as XML and AppConfig carry it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _without_items(value: Any) -> Any:
    if isinstance(value, list):
        return []
    if isinstance(value, dict):
        return {key: _without_items(one) for key, one in value.items()}
    return value


def _epoch(call: AwsCall) -> Any:
    """AppConfig writes instants as text, the others as seconds."""

    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return written(value) if call.service == "appconfig" else value.timestamp()
        raise TypeError(type(value).__name__)

    return plain


_ITEMS = {
    "VpcSecurityGroups": "VpcSecurityGroupMembership",
    "TargetGroups": "member",
    "LoadBalancers": "member",
    "LoadBalancerArns": "member",
}
"""How a list's items are called that are not named after it, in the singular."""


def _xml(value: Any, item: str = "") -> str:
    if isinstance(value, Mapping):
        return "".join(
            f"<{name}>{_xml(one, name)}</{name}>" for name, one in value.items() if one is not None
        )
    if isinstance(value, list):
        name = _ITEMS.get(item, item.removesuffix("s"))
        return "".join(f"<{name}>{_xml(one, name)}</{name}>" for one in value)
    if isinstance(value, bool):
        return str(value).lower()
    return escape(written(value) if isinstance(value, datetime) else str(value))
