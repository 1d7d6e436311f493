"""Who may reach which project at Google."""

from dataclasses import dataclass

from starlette.requests import Request

from sandbox.answers import AnswerError
from sandbox.base import Door
from sandbox.firebase.keys import account
from sandbox.firebase.project import Project
from sandbox.firebase.refusals import refuse, switched_off
from sandbox.firebase.world import FirebaseWorld
from sandbox.keys import shown

ACT_AS = "iam.serviceAccounts.actAs"
ALL, READ_ONLY, ELSEWHERE = account("stanch"), account("viewer"), account("stranger")


@dataclass
class FirebaseDoor(Door[FirebaseWorld]):
    """Every call passes here before it reaches anything of a project."""

    def caller(self, request: Request) -> str:
        """The account whose access token the call carries, while it is good."""
        found = self.world.tokens.get(shown(request))
        if found is None or found.ends <= self.world.now():
            raise refuse(
                401,
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie"
                " or other valid authentication credential.",
                reason="ACCESS_TOKEN_EXPIRED",
            )
        return found.account

    def project(self, request: Request, api: str, permission: str) -> Project:
        """The project that the path names, if the caller has that permission there."""
        return self.reach(request, request.path_params["project"], api, permission)

    def reach(self, request: Request, name: str, api: str, permission: str) -> Project:
        """The same, where something else than the path names it."""
        caller = self.caller(request)
        project = self.world.projects.get(name)
        if project is None or caller == ELSEWHERE or not self.may(caller, permission):
            raise denied(permission, name)
        if api in project.switched_off:
            raise switched_off(api)
        return project

    def act_as(self, request: Request, runs_as: str) -> None:
        """What changes a service has to be allowed to act as the account that it runs as."""
        if self.caller(request) not in self.world.account_users:
            said = f"Permission 'iam.serviceaccounts.actAs' denied on service account {runs_as}"
            raise refuse(403, f"{said} (or it may not exist).")

    def may(self, caller: str, permission: str) -> bool:
        """Whether an account of the project has a permission."""
        if self.world.rights_arrive and self.world.clock.now() < self.world.rights_arrive:
            return False
        if permission in self.world.withheld or permission == ACT_AS:
            return False
        return caller == ALL or (caller == READ_ONLY and permission.endswith((".get", ".list")))


def denied(permission: str, where: str) -> AnswerError:
    """A refusal that names what is missing."""
    return refuse(
        403,
        f"Permission '{permission}' denied on resource '{where}' (or it may not exist).",
        reason="IAM_PERMISSION_DENIED",
        domain="iam.googleapis.com",
        metadata={"permission": permission, "resource": where},
    )


def missing(what: str) -> AnswerError:
    """There is nothing of that name."""
    return refuse(404, f"Resource '{what}' was not found")
