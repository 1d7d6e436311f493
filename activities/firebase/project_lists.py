"""Lists of what a project has, page by page; one that is not answered takes nothing away from the others."""

from collections.abc import Awaitable
from typing import Any, TypeVar

from pydantic import Field

from activities.finding import told
from activities.firebase.answers import Answered
from activities.firebase.client import OFF, RUN, Firebase

_A_PAGE = 100
_PAGES = 10
_PLACE = "cloud.googleapis.com/location"

A = TypeVar("A", bound=Answered)
T = TypeVar("T")


class _Metadata(Answered):
    name: str
    labels: dict[str, str] = Field(default_factory=dict)


class _Item(Answered):
    metadata: _Metadata


class ProjectLists:
    """What was listed, and in `unread` why something was not."""

    def __init__(self, firebase: Firebase) -> None:
        self._firebase = firebase
        self.unread: list[str] = []

    async def told(self, host: str, path: str, items: str, model: type[A], *, size: int = _A_PAGE) -> list[A]:
        """What is listed under `items`; nothing where the API is switched off, for then nothing is there."""
        return await self._told(self.pages(host, path, items, model, size=size))

    async def told_services(self, project: str) -> list[str]:
        """The full names of a project's Cloud Run services.

        API v2 lists those of one region alone; v1 those of all, as `gcloud run services list` asks it (read
        2026-11).
        """
        return await self._told(self._services(project))

    async def pages(
        self, host: str, path: str, items: str, model: type[A], *, size: int = _A_PAGE
    ) -> list[A]:
        """What is listed, as far as ten pages go; `size` of nought leaves it to the API."""
        found: list[A] = []
        asked: dict[str, Any] = {"pageSize": size} if size else {}
        for _ in range(_PAGES):
            answer = (await self._firebase.get(host, path, asked)).data or {}
            found += [self._firebase.api.parse(model, one) for one in answer.get(items) or []]
            if silent := answer.get("unreachable"):
                self.unread.append(f"{path}: {', '.join(map(str, silent))} did not answer")
            if not answer.get("nextPageToken"):
                break
            asked["pageToken"] = answer["nextPageToken"]
        return found

    async def _services(self, project: str) -> list[str]:
        found: list[_Item] = []
        asked: dict[str, Any] = {"limit": _A_PAGE}
        for _ in range(_PAGES):
            path = f"v1/projects/{project}/locations/-/services"
            answer = (await self._firebase.get(RUN, path, asked)).data or {}
            found += [self._firebase.api.parse(_Item, one) for one in answer.get("items") or []]
            following = (answer.get("metadata") or {}).get("continue")
            if not following:
                break
            asked["continue"] = following
        each = (one.metadata for one in found)
        return [
            f"projects/{project}/locations/{one.labels[_PLACE]}/services/{one.name}"
            for one in each
            if _PLACE in one.labels
        ]

    async def _told(self, asked: Awaitable[list[T]]) -> list[T]:
        found, why = await told(asked, [])
        self.unread += [text for text in why if OFF not in text]
        return found
