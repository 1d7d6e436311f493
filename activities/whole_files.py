"""Files that are there whole or not at all, and their owner's alone."""

import os
from pathlib import Path


def replace(path: Path, text: str) -> None:
    """Writes beside the file and puts it in its place: who reads meanwhile finds the old one."""
    draft = path.with_suffix(f"{path.suffix}.{os.getpid()}.draft")
    try:
        draft.touch(mode=0o600)
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
