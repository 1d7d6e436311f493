"""Who may do what in which project of Firestore."""

from dataclasses import dataclass

from starlette.requests import Request

from sandbox.base import Door
from sandbox.firestore.database import Database
from sandbox.firestore.keys import FirestoreKey
from sandbox.firestore.refusals import denied, refuse
from sandbox.firestore.world import FirestoreWorld
from sandbox.keys import shown

_KNOWN = tuple(FirestoreKey)
_WRITES = ("create", "update", "delete", "import", "export", "restoreDatabase")


@dataclass
class FirestoreDoor(Door[FirestoreWorld]):
    """Every call passes here before it reaches a database."""

    def admit(self, request: Request, permission: str, resource: str) -> None:
        """Raises where the credential may not do this there."""
        key = shown(request)
        if key not in _KNOWN:
            raise refuse(
                "UNAUTHENTICATED",
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login"
                " cookie or other valid authentication credential.",
            )
        writes = permission.rpartition(".")[2] in _WRITES
        known = resource.split("/")[1] in self.world.projects()
        if key == FirestoreKey.ELSEWHERE or not known or (writes and key == FirestoreKey.READ_ONLY):
            raise denied(permission, "/".join(resource.split("/")[:2]))

    def database(self, request: Request, permission: str, name: str) -> Database:
        """The database of that name, or that a document's name begins with."""
        whole = "/".join(name.split("/")[:4])
        self.admit(request, permission, whole)
        found = self.world.databases.get(whole)
        if found is None:
            _, project, _, database = whole.split("/")
            raise refuse("NOT_FOUND", f"The database {database} does not exist for project {project}")
        return found

    def readable(self, request: Request, permission: str, name: str) -> Database:
        """The same, once it can be read and written."""
        found = self.database(request, permission, name)
        if found.making and found.making.runs:
            raise refuse("FAILED_PRECONDITION", f"The database {found.name} is being restored")
        return found
