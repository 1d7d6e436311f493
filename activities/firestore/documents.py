"""Single documents and queries, through google-cloud-firestore's AsyncClient."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore_v1 import DELETE_FIELD, AsyncClient
from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.services.firestore import FirestoreAsyncClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcAsyncIOTransport

from activities.firestore.answers import Asked, Flag, Held, quoted
from activities.firestore.client import database_of
from activities.firestore.line import DEADLINE, Line
from stanch.errors import Unavailable
from stanch.model.change import Target

_PATIENT: dict[str, Any] = {"retry": None, "timeout": DEADLINE}


class _Client(AsyncClient):
    """The library's client on a channel that is there already, whatever the environment names."""

    def __init__(self, target: Target, api: FirestoreAsyncClient) -> None:
        nobody = AnonymousCredentials()  # type: ignore[no-untyped-call]  # the channel has the credential
        super().__init__(project=target.name, credentials=nobody, database=database_of(target))
        # FIRESTORE_EMULATOR_HOST left in somebody's shell must not redirect a change of production.
        self._emulator_host = None
        self._firestore_api_internal = api


class Documents:
    """What Stanch reads and writes in documents."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._api = FirestoreAsyncClient(transport=FirestoreGrpcAsyncIOTransport(channel=line.channel))

    async def held(self, target: Target, flag: Flag) -> Held:
        """One field of one document; nothing else of it leaves this call."""
        client = _Client(target, self._api)
        with self._line.asking(f"reading {flag.document}"):
            answers = [one async for one in client.get_all([client.document(flag.document)], **_PATIENT)]
        if not answers:
            raise Unavailable("firestore", f"reading {flag.document} was answered with nothing")
        found = answers[0]
        if not found.exists:
            return Held(document=False, there=False, value=None, beside=False)
        fields = found.to_dict() or {}
        there, value = _inside(fields, flag.key)
        return Held(
            document=True,
            there=there,
            value=value,
            beside=bool(set(fields) - {flag.key}),
            update_time=found.update_time,
        )

    async def create(self, target: Target, flag: Flag, value: Any) -> None:
        """A document of this one field, where there is none; raises `Conflict` where there is one."""
        document = _Client(target, self._api).document(flag.document)
        with self._line.asking(f"creating {flag.document}", conditioned=True):
            await document.create({flag.key: value}, **_PATIENT)

    async def put(self, target: Target, flag: Flag, value: Any, held: Held) -> None:
        """The field with this value, None takes it away; `Conflict` where the document was written since."""
        client = _Client(target, self._api)
        changed = {flag.quoted: DELETE_FIELD if value is None else value}
        unchanged = client.write_option(last_update_time=held.update_time)
        with self._line.asking(f"updating {flag.document}", conditioned=True):
            await client.document(flag.document).update(changed, option=unchanged, **_PATIENT)

    async def delete(self, target: Target, flag: Flag, held: Held) -> None:
        """The document is gone; raises `Conflict` where it was written since."""
        client = _Client(target, self._api)
        unchanged = client.write_option(last_update_time=held.update_time)
        with self._line.asking(f"deleting {flag.document}", conditioned=True):
            await client.document(flag.document).delete(option=unchanged, **_PATIENT)

    async def count(self, target: Target, asked: Asked, at_most: int) -> int:
        """How many documents there are, counted by the vendor and no further than this."""
        query = self._query(target, asked).limit(at_most).count(alias="all")
        with self._line.asking(f"counting {asked.collection}"):
            answers = [one async for one in query.stream(**_PATIENT)]
        if not answers or not answers[0]:
            raise Unavailable("firestore", f"counting {asked.collection} was answered with nothing")
        return int(answers[0][0].value)

    async def values(self, target: Target, asked: Asked, key: str, at_most: int) -> Sequence[Any]:
        """What one field holds in so many documents, those without it left out; only it is fetched."""
        query = self._query(target, asked)
        if asked.newest_by:
            query = query.order_by(asked.newest_by, direction="DESCENDING")
        query = query.select([quoted(key)]).limit(at_most)
        with self._line.asking(f"reading {asked.collection}"):
            fetched = [one.to_dict() or {} async for one in query.stream(**_PATIENT)]
        found = [_inside(fields, key) for fields in fetched]
        return [value for there, value in found if there]

    def _query(self, target: Target, asked: Asked) -> Any:
        query: Any = _Client(target, self._api).collection(asked.collection)
        for one in asked.conditions:
            query = query.where(filter=FieldFilter(one.field, one.op, one.value))
        return query


def _inside(fields: Mapping[str, Any], key: str) -> tuple[bool, Any]:
    """Whether the field is there, and what it holds; dots go into maps."""
    found: Any = fields
    for name in key.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return False, None
        found = found[name]
    return True, found
