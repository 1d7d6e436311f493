from workers.embedded.folder import Whereabouts, find_embedded
from workers.embedded.namespace import NAMESPACE, RETENTION
from workers.embedded.server import EmbeddedTemporal

__all__ = [
    "NAMESPACE",
    "RETENTION",
    "EmbeddedTemporal",
    "Whereabouts",
    "find_embedded",
]
