"""`.unnoticed` in `worlds.yaml`: what may be changed in a playbook without any world noticing, and why."""

from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, TypeAdapter, model_validator

from stanch.model.base import Written
from stanch.playbooks.worlds import validated, worlds_file

NAME = ".unnoticed"


class HowChanged(StrEnum):
    """How a playbook is made another one."""

    ALWAYS = "always true"
    NEVER = "never true"
    BLANK = "not read"


class Changed(StrEnum):
    """Of what: each is a key of an explanation."""

    OPTION = "option"
    """The `when` of an option or a containment."""
    NOBODY_IF = "nobody_if"
    """Whether nobody has to be asked about the steps of an option."""
    SEVERITY = "severity"
    """When it is as grave as that."""
    EVIDENCE = "evidence"


class Unnoticed(Written):
    """A change that no world notices, and why none can."""

    scenario: str
    option: str = ""
    nobody_if: str = ""
    """The option whose `nobody_if` is meant."""
    severity: str = ""
    evidence: str = ""
    is_: HowChanged = Field(alias="is")
    because: str = Field(min_length=1)

    @model_validator(mode="after")
    def _of_one_thing(self) -> Self:
        named = [kind for kind in Changed if getattr(self, kind)]
        if len(named) != 1:
            message = f"name one thing that is changed, by {', '.join(Changed)}"
            raise ValueError(message)
        if (named[0] is Changed.EVIDENCE) is not (self.is_ is HowChanged.BLANK):
            message = "evidence is `not read`; everything else is `always true` or `never true`"
            raise ValueError(message)
        return self

    @property
    def kind(self) -> Changed:
        """Which of the four is named."""
        return next(kind for kind in Changed if getattr(self, kind))

    @property
    def name(self) -> str:
        """What it is called by in the playbook."""
        return str(getattr(self, self.kind))


_EXPLANATIONS: TypeAdapter[tuple[Unnoticed, ...]] = TypeAdapter(tuple[Unnoticed, ...])


def explained_in(folder: Path) -> tuple[Unnoticed, ...]:
    """What the worlds beside a playbook explain; nothing where no file is."""
    return validated(_EXPLANATIONS, worlds_file(folder).get(NAME, ()), folder, NAME)
