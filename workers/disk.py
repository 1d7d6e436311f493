"""Room on the disk: said before there is none left, since a full disk stops everything and says nothing."""

import shutil
from pathlib import Path

LEAST = 500 * 1024 * 1024
_MEGABYTE = 1024 * 1024


def little_room(folder: Path, least: int = LEAST) -> tuple[str, ...]:
    """What there is to say of a folder's disk; nothing while there is room, or no folder yet."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return ()
    if free >= least:
        return ()
    left = free // _MEGABYTE
    return (f"the disk of {folder} has {left} MB left: make room, or Temporal and the journal cannot write",)
