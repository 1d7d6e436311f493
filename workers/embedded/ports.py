import errno
import secrets
import socket

LOOPBACK = "127.0.0.1"
# Below the range from which systems number outgoing connections: the server opens some to itself before its
# pages take their port, and one in a hundred starts failed because a connection had that very number.
OURS = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Nothing listens on this port of the loopback address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the server binds. Without it, connections that still close after a crash look like a listener.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def choose(preferred: int | None, other_than: int | None = None) -> int:
    """The preferred port where it is free, otherwise some free one."""
    if preferred is not None and preferred != other_than and is_free(preferred):
        return preferred
    while True:
        port = secrets.choice(OURS)
        if port != other_than and is_free(port):
            return port
