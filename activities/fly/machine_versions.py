"""What a machine has been configured to run before, newest first, and what of it was gone back from."""

from itertools import pairwise
from typing import Any

from activities.fly.answers import MARK, Answer
from stanch.model.change import marks_way_back


class Version(Answer):
    """One configuration that a machine has had."""

    user_config: dict[str, Any] | None = None

    @property
    def image(self) -> str:
        """The image of it."""
        return str((self.user_config or {}).get("image", ""))

    @property
    def mark(self) -> str:
        """The change of ours that it came from, or one before it: a deployment keeps the metadata."""
        return str(((self.user_config or {}).get("metadata") or {}).get(MARK, ""))


def left_behind(history: list[Version]) -> set[str]:
    """The images that changes of ours went back from, and did not return to; newest version first."""
    left: set[str] = set()
    for older, newer in pairwise(reversed(history)):
        if newer.mark in {"", older.mark} or newer.image == older.image:
            continue
        if marks_way_back(newer.mark):
            left.discard(newer.image)
        else:
            left.add(older.image)
    return left
