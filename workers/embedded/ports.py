import errno
import socket

LOOPBACK = "127.0.0.1"


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


def any_free() -> int:
    """A port that the system just gave us, and that nobody listens on yet."""
    with socket.create_server((LOOPBACK, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def choose(preferred: int | None, other_than: int | None = None) -> int:
    """The preferred port where it is free, otherwise one the system picks."""
    if preferred is not None and preferred != other_than and is_free(preferred):
        return preferred
    while (port := any_free()) == other_than:
        continue
    return port
