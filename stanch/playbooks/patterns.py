"""What a pattern of `stanch.yaml` means: the files that bear such a name, beside it."""

import glob
from pathlib import Path


def matching(pattern: str, folder: Path) -> list[Path]:
    """The files of this pattern, by name."""
    # Path.glob takes neither an absolute pattern nor a folder whose name has a bracket in it.
    return sorted(map(Path, glob.glob(str(Path(glob.escape(str(folder))) / pattern))))  # noqa: PTH207
