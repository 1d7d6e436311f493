"""Where the store is: a file of ours, or a PostgreSQL database."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from stanch.errors import ConfigError

_POSTGRES = "postgresql"


@dataclass(frozen=True)
class Address:
    """One database; its text has no password."""

    url: URL
    file: Path | None = None

    @classmethod
    def of_file(cls, file: Path) -> "Address":
        """A SQLite file, which need not exist yet."""
        return cls(URL.create("sqlite", database=str(file)), file)

    @classmethod
    def of_url(cls, text: str) -> "Address":
        """PostgreSQL; raises `ConfigError` for anything else, without saying what was written."""
        try:
            url = make_url(text)
        except ArgumentError:
            url = URL.create("nothing")
        if url.get_backend_name() not in (_POSTGRES, "postgres"):
            raise ConfigError(
                "STANCH_STORE is no address of a store: write postgresql://USER:PASSWORD@HOST/NAME"
            )
        return cls(url.set(drivername=f"{_POSTGRES}+psycopg"))

    @property
    def secret(self) -> str:
        """What of it must stay hidden; empty where there is nothing."""
        return str(self.url.password or "")

    def __str__(self) -> str:
        if self.file is not None:
            return str(self.file)
        return f"{_POSTGRES}://{self.url.host or 'localhost'}/{self.url.database or ''}"
