from stanch.sources.registry import SOURCES, AlertSource
from stanch.sources.shape import SourceError

__all__ = ["SOURCES", "AlertSource", "SourceError"]
