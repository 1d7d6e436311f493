"""What Remote Config can be asked."""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from activities.contract import Reader
from activities.firebase import flags
from activities.firebase.client import Firebase
from activities.firebase.flags import Audience, Parameter, Published, shown
from activities.firebase.target import project_of
from stanch.errors import Rejected
from stanch.model.base import Written
from stanch.model.evidence import AgeAs, Look, Reading
from stanch.model.verb import ReadingSpec

_LONGEST = 200


class RemoteConfigArguments(Written):
    """Which parameter, of the template for apps or for servers."""

    key: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=256)]
    audience: Audience = "client"


class RemoteConfig(Reading):
    """One parameter: what everybody gets, and who gets something else."""

    key: str
    value: str
    conditions: dict[str, str]
    value_type: str
    version: int
    by: str
    published_at: Annotated[datetime | None, AgeAs("age")]

    def line(self) -> str:
        """`enable_pack_purchase=true, but the app's own default under ios; version 86 by ana`."""
        others = ", ".join(f"{value} under {name}" for name, value in self.conditions.items())
        but = f", but {others}" if others else ""
        return f"{self.key}={self.value}{but}; version {self.version} by {self.by}".replace("\n", " ")


class ReadRemoteConfig(Reader[Firebase]):
    """`firebase.remote_config`."""

    spec: ClassVar = ReadingSpec(
        name="firebase.remote_config",
        says="A Remote Config parameter: its value, what conditions give, and who published last",
        result=RemoteConfig,
        arguments=RemoteConfigArguments,
        of="firebase",
        needs=("cloudconfig.configs.get",),
    )

    async def read(self, look: Look) -> RemoteConfig:
        """Reads the template; a parameter that is not in it is refused by name."""
        wanted = RemoteConfigArguments.model_validate(look.arguments)
        project = project_of(look.the_target)
        template = await flags.template(self.vendor, project, wanted.audience)
        found = template.parameter(wanted.key)
        if found is None:
            raise Rejected("firebase", f"the Remote Config of {project} has no {wanted.key}")
        parameter = self.vendor.api.parse(Parameter, found)
        published = self.vendor.api.parse(Published, template.whole.get("version") or {})
        return RemoteConfig(
            key=wanted.key,
            value=shown(parameter.default_value)[:_LONGEST],
            conditions={
                name: shown(value)[:_LONGEST] for name, value in parameter.conditional_values.items()
            },
            value_type=parameter.value_type,
            version=published.version_number,
            by=published.author,
            published_at=published.update_time,
        )
