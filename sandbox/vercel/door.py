"""Who may reach which project at Vercel."""

from dataclasses import dataclass

from starlette.requests import Request

from sandbox.answers import AnswerError
from sandbox.base import Door
from sandbox.keys import shown
from sandbox.vercel.deployment import Deployment
from sandbox.vercel.keys import VercelKey
from sandbox.vercel.project import Project
from sandbox.vercel.refusals import shape
from sandbox.vercel.world import VercelWorld

TEAM_SLUG = "team"


def is_team(account: str) -> bool:
    """Whether projects of this account are found only by who names it."""
    return account.startswith("team_")


def refuse(status: int, message: str, code: str = "") -> AnswerError:
    """A refusal in Vercel's shape."""
    body = shape("", status, message)
    if code:
        body["error"]["code"] = code
    return AnswerError(status, body)


@dataclass
class VercelDoor(Door[VercelWorld]):
    """Every call passes here before it reaches a project."""

    def enter(self, request: Request) -> None:
        """The credential is one of this account's."""
        if shown(request) not in (VercelKey.ALL, VercelKey.ELSEWHERE):
            raise refuse(401, "The request requires authentication", "forbidden")
        if shown(request) == VercelKey.ELSEWHERE:
            raise refuse(403, "Not authorized")

    def projects(self, request: Request) -> list[Project]:
        """The projects in the scope that the call names."""
        self.enter(request)
        every = list(self.world.projects.values())
        team, slug = request.query_params.get("teamId"), request.query_params.get("slug")
        if not team and not slug:
            return [one for one in every if not is_team(one.account)]
        reached = [
            one for one in every if team == one.account or (not team and slug in (TEAM_SLUG, one.account))
        ]
        if not reached:
            raise refuse(403, "Not authorized: trying to access a resource of another team")
        return reached

    def project(self, request: Request) -> Project:
        """The project that the path names by id or name, one read further."""
        reached, name = self.projects(request), request.path_params["project"]
        found = next((one for one in reached if name in (one.id, one.name)), None)
        if found is None and any(name in (one.id, one.name) for one in self.world.projects.values()):
            raise refuse(403, "Not authorized: the project belongs to a team; say teamId or slug")
        if found is None:
            raise refuse(404, "Project not found")
        return found

    def deployment(self, request: Request, name: str) -> tuple[Project, Deployment]:
        """The deployment with this id or host, in a project that the call reaches."""
        for project in self.projects(request):
            deployment = project.deployment(name)
            if deployment:
                return project, deployment
        raise refuse(404, "Deployment not found")
