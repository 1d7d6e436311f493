from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import grpc
import httpx
import pytest

from activities.firestore.answers import Flag
from activities.firestore.client import Firestore, always
from sandbox import application
from sandbox.firestore.database import Database
from sandbox.firestore.keys import FirestoreKey
from sandbox.firestore.scenes import EXPORT, PROJECT, pack_data
from sandbox.firestore.world import FirestoreWorld
from sandbox.server import serving, serving_in_thread
from sandbox.world import Sandbox
from stanch.model.change import Target
from stanch.secrets import Redactor

NAME = f"projects/{PROJECT}/databases/(default)"
PURCHASE = f"{NAME}/documents/flags/purchase"
PACK = Target(provider="firestore", name=PROJECT)
READS = {"BatchGetDocuments", "RunQuery", "RunAggregationQuery", "ListBackups", "GetDatabase"}
READS |= {"ListOperations", "GetOperation"}


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(pack_data)


@pytest.fixture
def database(sandbox: Sandbox) -> Database:
    return sandbox.of(FirestoreWorld).databases[NAME]


class Caller:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def __call__(self, name: str, /, key: str = FirestoreKey.ALL, **body: Any) -> httpx.Response:
        method = "GET" if name in READS else "POST"
        headers = {"authorization": f"Bearer {key}"}
        return await self._client.request(method, f"/firestore/{name}", json=body, headers=headers)

    async def status(self, name: str, /, **body: Any) -> str:
        answer = await self(name, **body)
        return str(answer.json()["error"]["status"]) if answer.is_error else "OK"

    async def commit(self, data: dict[str, Any], **condition: Any) -> str:
        write = {
            "update": {"name": PURCHASE, "fields": data},
            "updateMask": {"fieldPaths": list(data)},
            "currentDocument": condition,
        }
        return await self.status("Commit", database=NAME, writes=[write])

    async def update_time(self) -> str:
        answer = await self("BatchGetDocuments", database=NAME, documents=[PURCHASE])
        return str(answer.json()[0]["found"]["updateTime"])


@pytest.fixture
async def call(sandbox: Sandbox) -> AsyncIterator[Caller]:
    transport = httpx.ASGITransport(application(sandbox))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox.example") as client:
        yield Caller(client)


async def test_a_write_conditioned_on_an_update_time_happens_once(call: Caller) -> None:
    before = await call.update_time()

    first = await call.commit({"enabled": {"booleanValue": False}}, updateTime=before)
    second = await call.commit({"enabled": {"booleanValue": True}}, updateTime=before)

    assert (first, second) == ("OK", "FAILED_PRECONDITION")
    assert await call.update_time() != before


async def test_writing_what_stands_there_leaves_the_update_time(call: Caller, sandbox: Sandbox) -> None:
    before = await call.update_time()

    await call.commit({"enabled": {"booleanValue": True}})

    assert await call.update_time() == before


async def test_a_document_that_must_not_exist_is_made_once(call: Caller) -> None:
    assert await call.commit({"on": {"booleanValue": True}}, exists=False) == "ALREADY_EXISTS"


async def test_of_several_writes_none_happens_when_one_must_not(call: Caller, database: Database) -> None:
    stands = database.contents()
    writes = [
        {"delete": PURCHASE},
        {
            "delete": f"{NAME}/documents/packs/starter",
            "currentDocument": {"updateTime": "2020-01-01T00:00:00Z"},
        },
    ]

    refused = await call.status("Commit", database=NAME, writes=writes)

    assert (refused, database.contents()) == ("FAILED_PRECONDITION", stands)


@pytest.mark.parametrize(
    ("key", "name", "status"),
    [
        ("unknown", "ListBackups", "UNAUTHENTICATED"),
        (FirestoreKey.ELSEWHERE, "ListBackups", "PERMISSION_DENIED"),
        (FirestoreKey.READ_ONLY, "ListBackups", "OK"),
        (FirestoreKey.READ_ONLY, "RestoreDatabase", "PERMISSION_DENIED"),
    ],
)
async def test_a_credential_opens_what_it_is_good_for(call: Caller, key: str, name: str, status: str) -> None:
    assert await call.status(name, key=key, parent=f"projects/{PROJECT}/locations/-") == status


async def test_an_operation_moves_on_with_time_and_its_work_is_done_at_the_end(
    sandbox: Sandbox, call: Caller, database: Database
) -> None:
    database.documents.clear()
    begun = (await call("ImportDocuments", name=NAME, inputUriPrefix=EXPORT)).json()

    seen = []
    while "done" not in (now := (await call("GetOperation", name=begun["name"])).json()):
        seen.append((now["metadata"]["operationState"], len(database.documents)))
        sandbox.pass_time(timedelta(seconds=40))

    assert seen == [("INITIALIZING", 0), ("PROCESSING", 0), ("FINALIZING", 0)]
    assert now["metadata"]["operationState"] == "SUCCESSFUL"
    assert len(database.documents) == 3


async def test_operations_are_listed_page_by_page(call: Caller, database: Database) -> None:
    for number in range(2):
        database.operate("ExportDocuments", {"outputUriPrefix": f"gs://b/{number}"})

    first = (await call("ListOperations", name=NAME)).json()
    second = (await call("ListOperations", name=NAME, pageToken=first["nextPageToken"])).json()

    assert (len(first["operations"]), len(second["operations"])) == (2, 1)
    assert "nextPageToken" not in second


async def test_a_database_that_is_being_restored_cannot_be_read(call: Caller, sandbox: Sandbox) -> None:
    backup = next(iter(sandbox.of(FirestoreWorld).backups))
    asked = {"parent": f"projects/{PROJECT}", "databaseId": "back-again", "backup": backup}

    begun = (await call("RestoreDatabase", **asked)).json()

    made = f"projects/{PROJECT}/databases/back-again"
    assert await call.status("BatchGetDocuments", database=made, documents=[]) == "FAILED_PRECONDITION"
    assert (await call("GetDatabase", name=made)).json()["sourceInfo"]["operation"] == begun["name"]
    assert await call.status("RestoreDatabase", **asked) == "ALREADY_EXISTS"


@pytest.mark.parametrize("database_id", ["", "Up", "1st", "0b0f2e8c-56f1-4f53-8f3e-5d5f7d1f0a90"])
async def test_a_name_that_no_database_may_have_is_a_clients_mistake(
    call: Caller, sandbox: Sandbox, database_id: str
) -> None:
    backup = next(iter(sandbox.of(FirestoreWorld).backups))

    refused = await call.status(
        "RestoreDatabase", parent=f"projects/{PROJECT}", databaseId=database_id, backup=backup
    )

    assert refused == "INVALID_ARGUMENT"
    assert len(sandbox.ledger.unexpected) == 1


async def test_an_address_takes_one_export(call: Caller) -> None:
    assert await call.status("ExportDocuments", name=NAME, outputUriPrefix=EXPORT) == "ALREADY_EXISTS"


async def test_http_and_grpc_share_one_port(sandbox: Sandbox) -> None:
    async with serving(sandbox) as base, httpx.AsyncClient(base_url=base) as client:
        firestore = Firestore(f"{base}/firestore", always(FirestoreKey.ALL), Redactor())

        held = await firestore.documents.held(PACK, Flag("flags/purchase", "enabled"))
        ledger = await client.get("/sandbox/requests")

        assert held.value is True
        assert [one["path"] for one in ledger.json()] == ["/firestore/BatchGetDocuments"]


async def test_a_call_that_the_fake_does_not_know_or_without_a_deadline_is_refused(sandbox: Sandbox) -> None:
    with serving_in_thread(sandbox) as base:
        async with grpc.aio.insecure_channel(base.removeprefix("http://")) as channel:
            for method, timeout, code in (
                ("/google.firestore.v1.Firestore/Rollback", 5, grpc.StatusCode.NOT_FOUND),
                ("/google.firestore.v1.Firestore/Commit", None, grpc.StatusCode.INVALID_ARGUMENT),
            ):
                with pytest.raises(grpc.aio.AioRpcError) as refused:
                    await channel.unary_unary(method)(b"", timeout=timeout)
                assert refused.value.code() is code

    assert [one.path for one in sandbox.ledger.unexpected] == ["/firestore/Rollback"]
