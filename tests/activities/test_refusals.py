"""A refusal means what its words say, where they say more than its status."""

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from activities.connection import Connection
from activities.http import SAYINGS, Api, KnownRefusal, Recourse
from stanch.errors import Conflict, Rejected, StanchError, Unauthorized, Unavailable
from stanch.secrets import Redactor


class Surly(Api):
    """A client that knows its vendor's own words."""

    sayings = (
        KnownRefusal({409}, "unable to queue", Recourse.AGAIN),
        KnownRefusal({400}, r'"code": ?10021\b', Recourse.AGAIN),
        KnownRefusal({403, 409}, "quota of today", Recourse.LOCKED),
        KnownRefusal({429}, r"until midnight", Recourse.FINAL),
    )


def answering(kind: type[Api], status: int, body: str) -> Api:
    async def vendor(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()
        await Response(body, status)(scope, receive, send)

    connection = Connection(base_url="http://vendor.example", transport=httpx.ASGITransport(vendor))
    return kind("vendor", connection, Redactor())


async def refusal(kind: type[Api], status: int, body: str) -> StanchError:
    with pytest.raises(StanchError) as caught:
        await answering(kind, status, body).post("/deploy")
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "becomes"),
    [
        (409, "somebody deploys", Conflict),
        (412, "etag does not match", Conflict),
        (409, "could not reserve resource for your machine", Rejected),
        (412, "insufficient memory available", Rejected),
        (403, "who are you", Unauthorized),
        (403, "over the allowed quota", Rejected),
        (503, "no capacity", Unavailable),
        (400, "with different configuration already exists", Rejected),
        (404, "nothing here", Rejected),
    ],
)
async def test_what_may_pass_is_asked_again_and_what_is_final_ends_with_its_reason(
    status: int, body: str, becomes: type[StanchError]
) -> None:
    error = await refusal(Api, status, body)

    assert type(error) is becomes
    assert body in str(error)


@pytest.mark.parametrize(
    ("status", "body", "becomes"),
    [
        (409, "unable to queue the operation", Unavailable),
        (400, '{"errors": [{"code": 10021}]}', Unavailable),
        (400, '{"errors": [{"code": 100211}]}', Rejected),
        (403, "the QUOTA of today", Conflict),
        (429, "blocked until midnight", Rejected),
        (429, "too many requests", Unavailable),
        (409, "insufficient memory", Rejected),
    ],
)
async def test_what_a_client_knows_of_its_own_vendor_goes_before_what_all_say(
    status: int, body: str, becomes: type[StanchError]
) -> None:
    assert type(await refusal(Surly, status, body)) is becomes


async def test_words_that_ask_for_patience_do_not_say_that_nothing_was_done() -> None:
    error = await refusal(Surly, 409, "unable to queue the operation")

    assert isinstance(error, Unavailable)
    assert not error.untouched


def test_no_words_that_all_say_stand_for_more_than_one_recourse() -> None:
    assert {saying.recourse for saying in SAYINGS} == {Recourse.FINAL}
