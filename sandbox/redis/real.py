"""One real Redis server for all worlds of a process."""

from functools import cache
from threading import Lock
from typing import Any

import redis

from sandbox.real_servers import any_port, home, program_of, started, without_root

_BOSS = "redis-sandbox-boss"
_CONFIG = """
bind 127.0.0.1
port {port}
save ""
user default off
user boss on >{boss} ~* &* +@all
user stanch on >redis-sandbox-key ~* &* +@all
"""


class RealRedis:
    """The server; a copy of the sandbox is beside the same one."""

    def __init__(self) -> None:
        program = program_of("redis-server", "redis-server")
        folder = home("redis")
        self.port = any_port()
        config = folder / "redis.conf"
        config.write_text(_CONFIG.format(port=self.port, boss=_BOSS))
        self.keys = redis.Redis(port=self.port, username="boss", password=_BOSS, protocol=2)
        started([*without_root("redis"), program, str(config)], folder, self._answers)

    def __deepcopy__(self, _: Any) -> "RealRedis":
        return self

    def hold(self, names: list[str], value: str, seconds: int = 0) -> None:
        """These keys have this value, for so long or for good."""
        with self.keys.pipeline(transaction=False) as all_at_once:
            for name in names:
                all_at_once.set(name, value, ex=seconds or None)
            all_at_once.execute()

    def held(self, names: list[str]) -> list[str]:
        """What each of these keys has, or nothing."""
        found: list[Any] = self.keys.mget(names) if names else []
        return [(one or b"").decode() for one in found]

    def matching(self, pattern: str) -> list[bytes]:
        """The keys of a pattern."""
        return list(self.keys.scan_iter(match=pattern, count=10_000))

    def _answers(self) -> bool:
        try:
            return bool(self.keys.ping())
        except redis.ConnectionError:
            return False


_STARTING = Lock()


def real_redis() -> RealRedis:
    """Started when it is first needed."""
    with _STARTING:
        return _only()


@cache
def _only() -> RealRedis:
    return RealRedis()
