"""The connection strings of the sandbox's database; none of them opens anything anywhere else."""

from enum import StrEnum

DATABASE = "shop"


class PostgresKey(StrEnum):
    """Who connects: a role that may end queries, one that may only look, and one that is not known."""

    ALL = "postgresql://stanch:postgres-sandbox-key@db.shop.example/shop"
    READ_ONLY = "postgresql://onlooker:postgres-sandbox-onlooker@db.shop.example/shop"
    ELSEWHERE = "postgresql://stanch:postgres-sandbox-elsewhere@db.shop.example/shop"
