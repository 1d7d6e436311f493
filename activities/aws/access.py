"""How Stanch proves to AWS who it is: a key pair by reference, a profile, a role, or what boto3 finds.

boto3's own chain (environment, profile, role of the task, pod or instance) is used where `token` is not
written. boto3.amazonaws.com/v1/documentation/api/latest/guide/credentials.html, read 2026-11.
"""

from functools import cache
from typing import Any

from pydantic import ValidationError

from activities.integration import Surroundings
from stanch.errors import ConfigError
from stanch.model.base import Frozen, Written
from stanch.secrets import Redactor

_PARTS = (2, 3)
_SESSION = "stanch"
_ANYWHERE = "us-east-1"
"""STS answers in every region alike."""


class AwsSettings(Written):
    """What `providers.aws` may say beside `token`, `base_url` and `status_page`."""

    region: str = ""
    """Where targets are that name no region of their own; otherwise boto3's."""
    profile: str = ""
    """A profile of the machine's AWS configuration."""
    role: str = ""
    """The ARN of a role that is assumed with whatever was found."""


class KeyPair(Frozen):
    """What stands behind `token`: `ID:SECRET`, or `ID:SECRET:SESSION` for temporary ones."""

    identity: str
    secret: str
    session: str | None = None


class Access:
    """Makes the one boto3 session of a worker, and keeps what it signs with out of every text."""

    def __init__(self, settings: AwsSettings, token: str, redactor: Redactor) -> None:
        self.settings = settings
        self._token = token
        self._redactor = redactor
        self._hidden = ""

    @classmethod
    def of(cls, around: Surroundings) -> "Access":
        """From the team's settings; a field that nobody knows is an error."""
        try:
            settings = AwsSettings.model_validate(around.settings.fields)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise ConfigError(f"providers.aws.{where} in stanch.yaml: {first['msg']}") from error
        return cls(settings, around.token("aws") if around.settings.token else "", around.redactor)

    def session(self) -> Any:
        """boto3's session; importing boto3 takes long, so it is done only here."""
        import boto3  # noqa: PLC0415 - a worker that never calls AWS does not load it
        from botocore.exceptions import ProfileNotFound  # noqa: PLC0415 - the same

        pair = _pair(self._token, self._redactor) if self._token else None
        try:
            core = _core()
            made = boto3.session.Session(
                aws_access_key_id=pair.identity if pair else None,
                aws_secret_access_key=pair.secret if pair else None,
                aws_session_token=pair.session if pair else None,
                region_name=self.settings.region or None,
                profile_name=self.settings.profile or None,
                botocore_session=core,
            )
            core.get_scoped_config()  # boto3 looks the profile up only when it needs something of it
        except ProfileNotFound as error:
            raise ConfigError(f"providers.aws.profile in stanch.yaml: {error}") from error
        return made

    def assumed(self, session: Any, endpoint: str | None) -> Any:
        """A session that acts as the role, whose credentials boto3 renews; the same one without a role."""
        if not self.settings.role:
            return session
        import boto3  # noqa: PLC0415 - as above
        from botocore.credentials import (  # noqa: PLC0415 - as above
            AssumeRoleCredentialFetcher,
            DeferredRefreshableCredentials,
        )

        def client_of(service: str, **options: Any) -> Any:
            region = options.pop("region_name", None) or session.region_name or _ANYWHERE
            return session.client(service, region_name=region, endpoint_url=endpoint, **_unnamed(options))

        fetcher = AssumeRoleCredentialFetcher(
            client_creator=client_of,
            source_credentials=session.get_credentials(),
            role_arn=self.settings.role,
            extra_args={"RoleSessionName": _SESSION},
        )
        core = _core()
        core._credentials = DeferredRefreshableCredentials(  # noqa: SLF001 - botocore offers no other way
            method="assume-role", refresh_using=fetcher.fetch_credentials
        )
        return boto3.session.Session(botocore_session=core, region_name=session.region_name)

    def hide(self, session: Any) -> None:
        """What this session signs with at the moment is kept out of every text; roles renew theirs."""
        found = session.get_credentials()
        if found is None:
            return
        frozen = found.get_frozen_credentials()
        if frozen.secret_key == self._hidden:
            return
        self._hidden = frozen.secret_key
        for secret in (frozen.secret_key, frozen.token):
            if secret:
                self._redactor.hide(secret)


def _core() -> Any:
    from botocore.session import get_session  # noqa: PLC0415 - as above

    core = get_session()
    core.register_component("data_loader", _descriptions())
    return core


@cache
def _descriptions() -> Any:
    """AWS's descriptions of its services: reading them takes long, and every session needs the same."""
    from botocore.session import get_session  # noqa: PLC0415 - as above

    return get_session().get_component("data_loader")


def _pair(token: str, redactor: Redactor) -> KeyPair:
    parts = token.split(":")
    if len(parts) not in _PARTS or not all(parts):
        raise ConfigError(
            "providers.aws.token in stanch.yaml: what it refers to is ACCESS_KEY_ID:SECRET_ACCESS_KEY, and"
            " :SESSION_TOKEN for temporary ones; without token, boto3 looks for credentials itself"
        )
    for secret in parts[1:]:
        redactor.hide(secret)
    return KeyPair(identity=parts[0], secret=parts[1], session=parts[2] if len(parts) > 2 else None)  # noqa: PLR2004 - the third of three


def _unnamed(options: dict[str, Any]) -> dict[str, Any]:
    """The source credentials, under the names by which boto3 takes them."""
    return {name: value for name, value in options.items() if name.startswith("aws_")}
