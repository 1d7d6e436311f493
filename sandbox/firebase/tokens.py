"""Google's token endpoint, its machines' metadata server, and who may do what."""

from datetime import timedelta
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError, RequestBody, body_of
from sandbox.clock import written
from sandbox.firebase.door import ACT_AS, ALL, ELSEWHERE, READ_ONLY, FirebaseDoor, denied
from sandbox.firebase.keys import AUDIENCE, ISSUER, KEY_ID, POOL, PRINCIPAL, certificate
from sandbox.firebase.refusals import refuse, refuse_grant
from sandbox.firebase.world import Token

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_SCOPES = {
    "https://www.googleapis.com/auth/cloud-platform",
    "https://www.googleapis.com/auth/firebase.remoteconfig",
}
_LIFE = timedelta(hours=1)


class Asked(RequestBody):
    """Which of these permissions does the caller have."""

    permissions: list[str]


class Tokens:
    """Access tokens against a signed proof, for an hour."""

    def __init__(self, door: FirebaseDoor) -> None:
        self._door = door
        self._world = door.world

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        metadata = "/firebase/metadata/computeMetadata/v1/instance/service-accounts/default/token"
        asked = "/firebase/cloudresourcemanager/v1/projects/{project}:testIamPermissions"
        return [
            Route("/firebase/oauth2/token", self.exchange, methods=["POST"]),
            Route("/firebase/sts/v1/token", self.federate, methods=["POST"]),
            Route(
                "/firebase/iamcredentials/v1/projects/-/serviceAccounts/{account}:generateAccessToken",
                self.impersonate,
                methods=["POST"],
            ),
            Route(
                "/firebase/iam/v1/projects/-/serviceAccounts/{account}:testIamPermissions",
                self.of_an_account,
                methods=["POST"],
            ),
            Route(metadata, self.of_the_machine, methods=["GET"]),
            Route(asked, self.permissions, methods=["POST"]),
        ]

    async def exchange(self, request: Request) -> Response:
        """A token, if the JWT is signed with the account's key, for this endpoint, and still fresh."""
        form = parse_qs((await request.body()).decode())
        if form.get("grant_type") != [_GRANT] or not form.get("assertion"):
            raise refuse_grant(request, "grant_type or assertion is missing", "unsupported_grant_type")
        claims = self._verified(request, form["assertion"][0], AUDIENCE)
        if claims.get("iss") not in (ALL, READ_ONLY, ELSEWHERE):
            raise refuse_grant(request, "Invalid grant: account not found")
        if not _SCOPES & set(str(claims.get("scope", "")).split()):
            raise refuse_grant(request, "no scope that this sandbox knows", "invalid_scope")
        return self._given(str(claims["iss"]))

    async def federate(self, request: Request) -> Response:
        """A token for whom another provider vouches, if the pool knows that provider."""
        form = parse_qs((await request.body()).decode())
        if form.get("grant_type") != [_EXCHANGE] or form.get("audience") != [POOL]:
            raise refuse_grant(request, "Invalid value for audience, or no such grant", "invalid_request")
        claims = self._verified(request, form.get("subject_token", [""])[0], f"https:{POOL}")
        if claims.get("iss") != ISSUER:
            raise refuse_grant(request, "The issuer in ID Token does not match the expected one")
        return self._given(PRINCIPAL)

    async def impersonate(self, request: Request) -> Response:
        """A token of a service account, for who may act as it."""
        caller, wanted = self._door.caller(request), request.path_params["account"]
        if caller != PRINCIPAL or wanted != ALL:
            raise denied("iam.serviceAccounts.getAccessToken", wanted)
        self._given(wanted)
        ends = written(self._world.now() + _LIFE)
        return JSONResponse({"accessToken": next(reversed(self._world.tokens)), "expireTime": ends})

    async def of_the_machine(self, request: Request) -> Response:
        """A token for the machine's own account; without its header the request came by accident."""
        if request.headers.get("metadata-flavor") != "Google":
            raise AnswerError(403, {"error": "the header Metadata-Flavor is missing"})
        return self._given(ALL)

    async def permissions(self, request: Request) -> Response:
        """Those of the asked-for permissions that the caller has."""
        caller, name = self._door.caller(request), request.path_params["project"]
        if caller == ELSEWHERE or name not in self._world.projects:
            raise denied("resourcemanager.projects.get", name)
        if "cloudresourcemanager" in self._world.projects[name].switched_off:
            raise refuse(403, "Cloud Resource Manager API has not been used in project 123456789012 before")
        asked = (await body_of(request, Asked)).permissions
        held = [one for one in asked if self._door.may(caller, one)]
        return JSONResponse({"permissions": held} if held else {})

    async def of_an_account(self, request: Request) -> Response:
        """The same, of what the caller may do with a service account."""
        caller, asked = self._door.caller(request), (await body_of(request, Asked)).permissions
        if any("iam" in project.switched_off for project in self._world.projects.values()):
            raise refuse(403, "Identity and Access Management API has not been used in project 123456789012")
        held = [one for one in asked if one == ACT_AS and caller in self._world.account_users]
        return JSONResponse({"permissions": held} if held else {})

    def _verified(self, request: Request, assertion: str, audience: str) -> dict[str, Any]:
        # Imported here: it takes long, and most sandboxes are never asked for a token.
        jwt = import_module("google.auth.jwt")
        try:
            claims: dict[str, Any] = jwt.decode(assertion, certs={KEY_ID: certificate()}, audience=audience)
        except ValueError as error:
            raise refuse_grant(request, f"Invalid JWT Signature. {type(error).__name__}") from error
        if int(claims["exp"]) - int(claims["iat"]) > _LIFE.total_seconds():
            raise refuse_grant(request, "Invalid JWT: Token must be a short-lived token (60 minutes)")
        return claims

    def _given(self, account: str) -> Response:
        token = f"ya29.sandbox-{self._world.origin.short(40)}"
        self._world.tokens[token] = Token(account, self._world.now() + _LIFE)
        seconds = int(_LIFE.total_seconds()) - 1
        return JSONResponse({"access_token": token, "expires_in": seconds, "token_type": "Bearer"})
