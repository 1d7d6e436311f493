"""Verbs without a vendor's name: `PROVIDER.` and the same, where the service runs.

A provider's own verb of one of these names takes at least these arguments, and may take more.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from activities.open_values import Special
from activities.team_secrets import SetSecretArguments
from stanch.model.base import Written
from stanch.model.verb import NoArguments, PortableVerb

ONE_MORE: Literal["+1"] = "+1"


def _as_text(value: object) -> object:
    """42 in a playbook is the release that is called 42."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def amount(value: object) -> object:
    """`{at_least: 3}` and `3` mean the same here: what is already beyond is success."""
    if isinstance(value, Mapping) and set(value) == {"at_least"}:
        return value["at_least"]
    return value


def _one_more(value: object) -> object:
    """None where it is a number, which `+2` would be read as too."""
    step = amount(value)
    if isinstance(step, str) and step.startswith("+") and step != ONE_MORE:
        message = f"{step} is no step that is taken at once: write {ONE_MORE}"
        raise ValueError(message)
    return ONE_MORE if step == ONE_MORE else None


Release = Annotated[str, BeforeValidator(_as_text), Field(max_length=200)]
"""A release by the name that `releases` reads; empty for the last good one before."""
_Number = Annotated[int, BeforeValidator(amount), Field(ge=1, le=1000)]
Count = Annotated[int | Literal["+1"], Special(_one_more, _Number)] | None
"""So many at least, or one more than there are."""
Size = Annotated[str | None, BeforeValidator(amount), Field(max_length=40)]
"""At least this size, by the vendor's name for it, or `+1`: the vendor's next."""


NumberedRelease = Annotated[Release, Field(pattern=r"^(v?[1-9][0-9]{0,9})?$")]
"""One of a vendor that counts its releases: `v42`, or 42."""


class EarlierRelease(Written):
    """`release` is one by its name; without it, the last good one before what runs."""

    release: Release = ""


class Capacity(Written):
    """Exactly one of what is named here; all mean *at least*."""

    one_of: ClassVar[tuple[str, ...]] = ("count", "size")
    count: Count = None
    size: Size = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "Capacity":
        if sum(getattr(self, name) is not None for name in self.one_of) != 1:
            *others, last = self.one_of
            message = f"give exactly one of {', '.join(others)} and {last}"
            raise ValueError(message)
        return self


class OneCommand(Written):
    """One line for a shell; `release` says which release's code it takes, without it the running one's."""

    command: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00-\x1f]+$")]
    release: Release = ""


class CacheTags(Written):
    """Only what carries one of these tags; everything where none is given."""

    tags: tuple[Annotated[str, Field(min_length=1, max_length=256)], ...] = ()


PORTABLE_VERBS = (
    PortableVerb("roll_back", "What runs goes back to an earlier release", EarlierRelease),
    PortableVerb("restart", "Every copy is started anew, one at a time", NoArguments),
    PortableVerb("scale", "More copies, or larger ones, within the limits", Capacity),
    PortableVerb("run", "A command runs once beside the service", OneCommand),
    PortableVerb("purge_cache", "What is cached in front of the service is fetched anew", CacheTags),
    PortableVerb("set_secret", "A variable gets one of the team's secrets", SetSecretArguments),
    PortableVerb(
        "set_webhook_secret",
        "The variable with which webhooks are verified gets one of the team's secrets",
        SetSecretArguments,
    ),
)


def so_many(count: int | Literal["+1"], here: int) -> int:
    """How many that is, of so many that there are."""
    return count if isinstance(count, int) else here + 1


def number_of(release: str) -> int | None:
    """42 for `v42`; None for none."""
    return int(release.removeprefix("v")) if release else None


def none_of(why: str) -> Mapping[str, str]:
    """What an integration says at which nothing of a service runs."""
    return {verb.name: why for verb in PORTABLE_VERBS}
