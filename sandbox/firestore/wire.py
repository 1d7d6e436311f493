"""Firestore's gRPC: each call becomes a request to the sandbox, in the JSON of its messages, and back."""

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc
import httpx
from google.cloud.firestore_admin_v1 import types as admin
from google.cloud.firestore_v1 import types as data
from google.longrunning import operations_pb2
from google.protobuf import any_pb2, json_format
from google.protobuf.duration_pb2 import Duration
from google.protobuf.empty_pb2 import Empty
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status
from starlette.types import ASGIApp

from sandbox.firestore.refusals import CODES
from sandbox.wires import LOCALHOST

_DATA = "/google.firestore.v1.Firestore/"
_ADMIN = "/google.firestore.admin.v1.FirestoreAdmin/"
_OPERATIONS = "/google.longrunning.Operations/"
_LONGEST = 30.0
_NEVER = 1e9
_NUMBERS = {code.name: code for code in grpc.StatusCode}


@dataclass(frozen=True)
class Method:
    """What one call takes and gives; a stream is a list in the JSON."""

    asks: Any
    answers: Any
    reads: bool = True
    streams: bool = False


METHODS = {
    f"{_DATA}BatchGetDocuments": Method(
        data.BatchGetDocumentsRequest.pb(), data.BatchGetDocumentsResponse.pb(), streams=True
    ),
    f"{_DATA}RunQuery": Method(data.RunQueryRequest.pb(), data.RunQueryResponse.pb(), streams=True),
    f"{_DATA}RunAggregationQuery": Method(
        data.RunAggregationQueryRequest.pb(), data.RunAggregationQueryResponse.pb(), streams=True
    ),
    f"{_DATA}Commit": Method(data.CommitRequest.pb(), data.CommitResponse.pb(), reads=False),
    f"{_ADMIN}ListBackups": Method(admin.ListBackupsRequest.pb(), admin.ListBackupsResponse.pb()),
    f"{_ADMIN}GetDatabase": Method(admin.GetDatabaseRequest.pb(), admin.Database.pb()),
    f"{_ADMIN}ImportDocuments": Method(
        admin.ImportDocumentsRequest.pb(), operations_pb2.Operation, reads=False
    ),
    f"{_ADMIN}ExportDocuments": Method(
        admin.ExportDocumentsRequest.pb(), operations_pb2.Operation, reads=False
    ),
    f"{_ADMIN}RestoreDatabase": Method(
        admin.RestoreDatabaseRequest.pb(), operations_pb2.Operation, reads=False
    ),
    f"{_OPERATIONS}ListOperations": Method(
        operations_pb2.ListOperationsRequest, operations_pb2.ListOperationsResponse
    ),
    f"{_OPERATIONS}GetOperation": Method(operations_pb2.GetOperationRequest, operations_pb2.Operation),
}
_UNKNOWN = Method(Empty, Empty, reads=False)


class GrpcWire(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc says nothing of its types
    """A gRPC server whose calls are answered by the application, in the application's own loop."""

    def __init__(self, app: ASGIApp, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://firestore.example"
        )
        self._server = grpc.server(
            ThreadPoolExecutor(8), handlers=(self,), options=(("grpc.so_reuseport", 0),)
        )
        self.port: int = self._server.add_insecure_port(f"{LOCALHOST}:0")
        self._server.start()

    def close(self) -> None:
        """No more calls."""
        self._server.stop(None).wait()

    def service(self, call: Any) -> grpc.RpcMethodHandler:
        """The handler of one method; of an unknown one, too, so that the ledger hears of it."""
        name, method = call.method, METHODS.get(call.method, _UNKNOWN)

        def stream(request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
            yield from self._answered(name, method, request, context)

        def single(request: bytes, context: grpc.ServicerContext) -> bytes:
            return self._answered(name, method, request, context)[0]

        if method.streams:
            return grpc.unary_stream_rpc_method_handler(stream)
        return grpc.unary_unary_rpc_method_handler(single)

    def _answered(
        self, name: str, method: Method, request: bytes, context: grpc.ServicerContext
    ) -> list[bytes]:
        if (context.time_remaining() or _NEVER) > _LONGEST:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the sandbox wants a deadline on every call")
        try:
            response = self._asked(name, method, request, context).result(_LONGEST)
        except httpx.TimeoutException:
            context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded")
        except httpx.HTTPError:
            context.abort(grpc.StatusCode.UNAVAILABLE, "recvmsg:Connection reset by peer")
        if response.is_error:
            context.abort_with_status(rpc_status.to_status(_status(response)))
        return _messages(method, response)

    def _asked(
        self, name: str, method: Method, request: bytes, context: grpc.ServicerContext
    ) -> "Future[httpx.Response]":
        asked = json_format.MessageToDict(method.asks.FromString(request) if method.asks else Empty())
        shown = dict(context.invocation_metadata()).get("authorization", "")
        sent = self._client.request(
            "GET" if method.reads else "POST",
            f"/firestore/{name.rpartition('/')[2]}",
            json=asked,
            headers={"authorization": shown},
        )
        return asyncio.run_coroutine_threadsafe(sent, self._loop)


def _messages(method: Method, response: httpx.Response) -> list[bytes]:
    """What the application said as messages; what is no JSON goes out as it is, and nobody can read it."""
    try:
        said = response.json()
    except json.JSONDecodeError:
        return [response.content]
    every = said if method.streams else [said]
    return [_message(method.answers, one) for one in every]


def _message(kind: Callable[[], Any], said: Any) -> bytes:
    made: bytes = json_format.ParseDict(said, kind()).SerializeToString()
    return made


def _status(response: httpx.Response) -> status_pb2.Status:
    """A refusal as gRPC tells it: a code, a text, details, and when to come again."""
    said = response.json()
    error = said.get("error") if isinstance(said, dict) else None
    known = error if isinstance(error, dict) and "status" in error else {}
    fallback = CODES.get(response.status_code, "INVALID_ARGUMENT")
    code = _NUMBERS[known.get("status", fallback)]
    status = status_pb2.Status(
        code=code.value[0],
        message=known.get("message", f"{response.status_code}: {response.text}"),
        details=[json_format.ParseDict(one, any_pb2.Any()) for one in known.get("details", ())],
    )
    after = response.headers.get("retry-after")
    if after:
        info = error_details_pb2.RetryInfo(retry_delay=Duration(seconds=int(after)))
        status.details.add().Pack(info)
    return status
