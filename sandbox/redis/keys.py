"""The URLs of the sandbox's cache; none of them opens anything anywhere else."""

from enum import StrEnum

INSTANCE = "shop-cache"


class RedisKey(StrEnum):
    """Who connects: a user that may delete keys, one that may only look, and one that is not known."""

    ALL = "redis://stanch:redis-sandbox-key@cache.shop.example:6379/0"
    READ_ONLY = "redis://onlooker:redis-sandbox-onlooker@cache.shop.example:6379/0"
    ELSEWHERE = "redis://stanch:redis-sandbox-elsewhere@cache.shop.example:6379/0"
