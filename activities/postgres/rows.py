"""`postgres.rows`: the newest rows of one table, for people to look at; nothing that is written here is SQL.

Names are quoted as identifiers, what is asked is fixed, and the transaction is read-only. Columns come as
text that the server has cut, so that no row is ever large.
"""

from typing import TYPE_CHECKING, Annotated, ClassVar, LiteralString

from pydantic import Field

from activities.contract import Reader
from activities.postgres.client import Postgres, Rows
from stanch.errors import Rejected
from stanch.masking import HIDDEN
from stanch.model.base import Written
from stanch.model.change import Target
from stanch.model.evidence import Look, Reading
from stanch.model.secret_names import names_a_secret
from stanch.model.verb import ReadingSpec

if TYPE_CHECKING:
    from psycopg.sql import Composed

_NAME = r"[A-Za-z_][A-Za-z0-9_$]*"
_COLUMNS = 12
_SHOWN = 80
"""Characters of one value."""
_IN_A_LINE = 6

_SHAPE: LiteralString = """
SELECT n.nspname AS schema, c.relname AS table, a.attname AS column
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.oid = to_regclass(%(table)s) AND c.relkind IN ('r', 'p', 'm')
ORDER BY a.attnum
"""
"""A view would run what somebody wrote into it."""
_NEWEST: LiteralString = "SELECT {columns} FROM {table} ORDER BY {by} DESC NULLS LAST LIMIT {newest}"
_CUT: LiteralString = "left({column}::text, {most}) AS {column}"


class RowArguments(Written):
    """Which rows: the newest by one column, which should be indexed."""

    table: Annotated[str, Field(pattern=rf"^{_NAME}(\.{_NAME})?$", max_length=127)]
    """`migrations`, or `app.migrations` where the role does not look into that schema; spelled exactly."""
    newest: int = Field(default=5, ge=1, le=20)
    by: Annotated[str, Field(pattern=rf"^{_NAME}$", max_length=63)] = "id"


class TableRows(Reading):
    """The newest rows of a table, newest first."""

    table: str
    by: str
    count: int
    """How many are shown."""
    columns: tuple[str, ...]
    """Those that are shown; of a wide table the first."""
    rows: tuple[dict[str, str | None], ...]

    def line(self) -> str:
        """`newest 2 of knex_migrations by id: id 41, name 20261120_add_index; id 40, name 20261101_init`."""
        if not self.rows:
            return f"{self.table} is empty"
        return f"newest {self.count} of {self.table} by {self.by}: {'; '.join(map(_told, self.rows))}"


class ReadRows(Reader[Postgres]):
    """`postgres.rows`."""

    spec: ClassVar = ReadingSpec(
        name="postgres.rows",
        says="The newest rows of a table that the role may SELECT from, such as the migrations that have run;"
        " long values are cut, secrets hidden",
        result=TableRows,
        arguments=RowArguments,
        of="postgres",
        needs=("CONNECT",),
    )

    async def read(self, look: Look) -> TableRows:
        """The table's own columns first; a name that there is not is refused with those there are."""
        asked, target = RowArguments.model_validate(look.arguments), look.the_target
        shape = await self._shape(target, asked)
        columns = tuple(str(one["column"]) for one in shape)[:_COLUMNS]
        rows = await self.vendor.ask(target, _query(asked, shape, columns))
        return TableRows(
            table=asked.table,
            by=asked.by,
            count=len(rows),
            columns=columns,
            rows=tuple({name: self._shown(name, row[name]) for name in columns} for row in rows),
        )

    async def _shape(self, target: Target, asked: RowArguments) -> Rows:
        quoted = ".".join(f'"{name}"' for name in asked.table.split("."))
        shape = await self.vendor.ask(target, _SHAPE, {"table": quoted})
        if not shape:
            raise Rejected("postgres", f"{target.name} has no table {asked.table} that this role finds")
        names = [str(one["column"]) for one in shape]
        if asked.by not in names:
            known = ", ".join(names[:_COLUMNS])
            raise Rejected("postgres", f"{asked.table} has no column {asked.by}: write by:, one of {known}")
        return shape

    def _shown(self, column: str, value: str | None) -> str | None:
        if value is None:
            return None
        # Cleaned before it is cut: half a secret would not be known again.
        shown = self.vendor.redactor.clean(" ".join(value.split()))
        return HIDDEN if names_a_secret(column) else shown[:_SHOWN]


def _query(asked: RowArguments, shape: Rows, columns: tuple[str, ...]) -> "Composed":
    from psycopg.sql import SQL, Identifier, Literal  # noqa: PLC0415 - slow to import, and rarely needed

    most = Literal(4 * _SHOWN)
    cut = [SQL(_CUT).format(column=Identifier(name), most=most) for name in columns]
    return SQL(_NEWEST).format(
        columns=SQL(", ").join(cut),
        table=Identifier(shape[0]["schema"], shape[0]["table"]),
        by=Identifier(shape[0]["table"], asked.by),
        newest=Literal(asked.newest),
    )


def _told(row: dict[str, str | None]) -> str:
    said = [(name, value) for name, value in row.items() if value is not None]
    return ", ".join(f"{name} {value}" for name, value in said[:_IN_A_LINE])
