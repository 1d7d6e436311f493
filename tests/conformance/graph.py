"""GraphQL: the query, its variables and what came back, by the schema."""

from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_client_schema,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from tests.conformance.documents import SPECS, read
from tests.conformance.exchange import Exchange, Said

KNOWN = {"data", "errors", "extensions"}
ASKED = {"query", "variables", "operationName"}


@dataclass(frozen=True)
class GraphOperation:
    """Everything that is asked by GraphQL, which has one address."""

    name: str
    schema: GraphQLSchema

    def problems(self, exchange: Exchange, _: dict[str, str]) -> list[str]:
        """What is wrong with a query or its answer."""
        if exchange.request.media != "application/json":
            return [f"request: content type {exchange.request.media or 'unsaid'} is not JSON"]
        asked = exchange.request.json()
        unknown = sorted(asked.keys() - ASKED)
        try:
            document = parse(asked.get("query") or "")
        except GraphQLError as error:
            return [f"request: {error.message}"]
        wrong = [f"request: {error.message}" for error in validate(self.schema, document)]
        if unknown or wrong:
            return [*(f"request: {name} is not known" for name in unknown), *wrong]
        answered = exchange.answer.json()
        said = {"data": None, **answered}
        return [
            *(f"answer: {name} is not known" for name in sorted(answered.keys() - KNOWN)),
            *self._executed(document, asked, said),
        ]

    def bodies(self, _: Exchange) -> int:
        """A query and its answer."""
        return 2

    def describes(self, _: int) -> bool:
        """GraphQL refuses in one way, whatever the status."""
        return True

    def of_answer(self, _: int, said: Said) -> list[str]:
        """What is wrong with a refusal."""
        return errors_of(said.json())

    def _executed(self, document: DocumentNode, asked: dict[str, Any], said: dict[str, Any]) -> list[str]:
        """The answer, asked the same query, must give itself."""
        wrong = errors_of(said) if said.get("errors") else []
        result = execute_sync(
            self.schema,
            document,
            said["data"],
            variable_values=asked.get("variables") or {},
            operation_name=asked.get("operationName"),
            field_resolver=_said,
            type_resolver=lambda value, *_: value["__typename"],
        )
        told = [error.message for error in result.errors or ()]
        if said["data"] is None and said.get("errors"):
            return [*wrong, *(f"request: {text}" for text in told if text.startswith("Variable"))]
        differs = [] if told or result.data == said["data"] else ["data has keys that were not asked for"]
        return [*wrong, *(f"answer: {text}" for text in (*told, *differs))]


def errors_of(said: dict[str, Any]) -> list[str]:
    """What is wrong with the errors of an answer."""
    errors = said.get("errors")
    if not isinstance(errors, list) or not errors:
        return ["answer: errors is not a list of errors"]
    fine = all(isinstance(one, dict) and isinstance(one.get("message"), str) for one in errors)
    return [] if fine else ["answer: an error has no message"]


@dataclass(frozen=True)
class Graph:
    """One schema at one address."""

    schema: GraphQLSchema

    def find(self, method: str, path: str) -> tuple[GraphOperation, dict[str, str]] | None:
        """GraphQL is only ever posted."""
        return (
            (GraphOperation("GraphQL", self.schema), {}) if (method, path) == ("POST", "/graphql") else None
        )


def graphql(name: str) -> Graph:
    """A schema as introspection gave it, or in GraphQL's own language."""
    if name.endswith(".graphql"):
        return Graph(build_schema((SPECS / name).read_text()))
    return Graph(build_client_schema(read(name)["data"]))


def _said(source: Any, info: GraphQLResolveInfo, **_: Any) -> Any:
    """What the answer says under the name that was asked for."""
    if source is None or info.path.key not in source:
        raise GraphQLError(f"{'.'.join(str(part) for part in info.path.as_list())} is missing")
    return source[info.path.key]
