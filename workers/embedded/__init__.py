from workers.embedded.folder import Whereabouts, find_embedded
from workers.embedded.namespace import NAMESPACE, RETENTION, SEARCH_ATTRIBUTES
from workers.embedded.server import EmbeddedTemporal

__all__ = [
    "NAMESPACE",
    "RETENTION",
    "SEARCH_ATTRIBUTES",
    "EmbeddedTemporal",
    "Whereabouts",
    "find_embedded",
]
