"""Firestore's endpoints about many documents: queries, and counting without reading."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import json_of, malformed
from sandbox.firestore.database import Database, Document
from sandbox.firestore.documents import shown
from sandbox.firestore.door import FirestoreDoor
from sandbox.firestore.refusals import refuse
from sandbox.firestore.values import at, plain, written

_SAME_KIND: Mapping[str, Callable[[Any, Any], bool]] = {
    "EQUAL": operator.eq,
    "LESS_THAN": operator.lt,
    "LESS_THAN_OR_EQUAL": operator.le,
    "GREATER_THAN": operator.gt,
    "GREATER_THAN_OR_EQUAL": operator.ge,
}
_NAME = "__name__"
Found = list[tuple[str, Document]]


class Queries:
    """`RunQuery` and `RunAggregationQuery`."""

    def __init__(self, door: FirestoreDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route("/firestore/RunQuery", self.run, methods=["GET"]),
            Route("/firestore/RunAggregationQuery", self.count, methods=["GET"]),
        ]

    async def run(self, request: Request) -> Response:
        """The documents, in order; one answer without a document where there is none."""
        asked = await json_of(request) or {}
        database = self._door.readable(request, "datastore.entities.list", asked["parent"])
        query = asked["structuredQuery"]
        mask = [one["fieldPath"] for one in query["select"]["fields"]] if "select" in query else None
        now = written(self._door.world.clock.now())
        base = f"{database.name}/documents/"
        found = [
            {"document": shown(base + path, document, mask), "readTime": now}
            for path, document in _matching(request, database, query)
        ]
        return JSONResponse(found or [{"readTime": now}])

    async def count(self, request: Request) -> Response:
        """How many documents there are, up to the query's limit."""
        asked = await json_of(request) or {}
        database = self._door.readable(request, "datastore.entities.list", asked["parent"])
        wanted = asked["structuredAggregationQuery"]
        number = len(_matching(request, database, wanted["structuredQuery"]))
        fields = {one["alias"]: {"integerValue": str(number)} for one in wanted["aggregations"]}
        now = written(self._door.world.clock.now())
        return JSONResponse([{"result": {"aggregateFields": fields}, "readTime": now}])


def _matching(request: Request, database: Database, query: dict[str, Any]) -> Found:
    filters, orders = _filters(query.get("where")), query.get("orderBy") or []
    _refuse_without_index(database, filters, orders)
    collection = query["from"][0]["collectionId"]
    found = [
        (path, document)
        for path, document in sorted(database.documents.items())
        if path.split("/")[:-1] == [collection]
        and all(_holds(request, document, one) for one in filters)
        and all(_ordering(document, one) is not None for one in orders)
    ]
    for one in reversed(orders):
        found.sort(
            key=lambda each, by=one: plain(_ordering(each[1], by) or {"nullValue": None}),  # type: ignore[misc]
            reverse=one.get("direction") == "DESCENDING",
        )
    limit = query.get("limit")
    return found if limit is None else found[: int(limit)]


def _filters(where: dict[str, Any] | None) -> list[dict[str, Any]]:
    if not where:
        return []
    if "compositeFilter" in where:
        return [each for one in where["compositeFilter"]["filters"] for each in _filters(one)]
    return [where["fieldFilter"]]


def _holds(request: Request, document: Document, wanted: dict[str, Any]) -> bool:
    """Only values of one kind compare; a document without the field never matches."""
    there, value = at(document.fields, wanted["field"]["fieldPath"]), wanted["value"]
    if there is None:
        return False
    name = wanted["op"]
    if name == "NOT_EQUAL":
        return not _SAME_KIND["EQUAL"](plain(there), plain(value))
    if name not in _SAME_KIND:
        raise malformed(request, f"the sandbox does not know the operator {name}", 400)
    return there.keys() == value.keys() and _SAME_KIND[name](plain(there), plain(value))


def _ordering(document: Document, order: dict[str, Any]) -> dict[str, Any] | None:
    """What a document is ordered by; one without the field is not found at all."""
    path = order["field"]["fieldPath"]
    return {"nullValue": None} if path == _NAME else at(document.fields, path)


def _refuse_without_index(
    database: Database, filters: list[dict[str, Any]], orders: list[dict[str, Any]]
) -> None:
    ranged = {one["field"]["fieldPath"] for one in filters if one["op"] != "EQUAL"}
    ranged |= {one["field"]["fieldPath"] for one in orders}
    every = (ranged | {one["field"]["fieldPath"] for one in filters}) - {_NAME}
    if len(every) > 1 and ranged - {_NAME} and frozenset(every) not in database.indexes:
        raise refuse(
            "FAILED_PRECONDITION",
            "The query requires an index. You can create it here:"
            " https://console.firebase.example/project/_/firestore/indexes?create_composite=Ck1",
        )
