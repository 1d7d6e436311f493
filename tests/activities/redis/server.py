"""A real Redis server, and what an application keeps there."""

import time
from functools import cache

import redis
from servers import found
from stack import free_port

from sandbox.real_servers import home, started, without_root

_CONFIG = """
bind 127.0.0.1
port {port}
save ""
user default off
user boss on >redis-sandbox-boss ~* &* +@all
user stanch on >redis-sandbox-key ~* &* +@all
user onlooker on >redis-sandbox-onlooker ~* &* +ping +info +dbsize +select +scan +get +pttl +client
"""
_FILL = """
for number = 1, tonumber(ARGV[2]) do redis.call('SET', ARGV[1] .. number, 'value of ' .. number) end
"""


class Server:
    """One server for all tests of a process."""

    def __init__(self, *more: str) -> None:
        program = found("redis-server", "redis-server")
        self.port = free_port()
        self.folder = folder = home("redis")
        config = folder / "redis.conf"
        config.write_text("\n".join((_CONFIG.format(port=self.port), *more)))
        self.boss = redis.Redis(port=self.port, username="boss", password="redis-sandbox-boss", protocol=2)
        started([*without_root("redis"), program, str(config)], folder, self._answers)

    def holds(self, **counts: int) -> None:
        """So many keys that begin with each of these names, and nothing else."""
        self.boss.flushdb()
        self.fill(**counts)

    def fill(self, **counts: int) -> None:
        """So many more."""
        for name, count in counts.items():
            self.boss.eval(_FILL, 0, f"{name}:", count)

    def count(self, name: str) -> int:
        """How many keys begin with that name."""
        return sum(1 for _ in self.boss.scan_iter(match=f"{name}:*", count=10_000))

    def fails_to_save(self) -> None:
        """Its disk takes nothing."""
        self.folder.chmod(0o500)
        self.boss.bgsave()
        while self.boss.info("persistence")["rdb_bgsave_in_progress"]:
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            return bool(self.boss.ping())
        except redis.ConnectionError:
            return False


@cache
def server() -> Server:
    """Started when it is first needed."""
    return Server()
