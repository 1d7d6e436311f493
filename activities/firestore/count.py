"""`firestore.count`: how many documents there are, and how many of them repeat a value that must be unique.

The vendor counts without reading documents, and no further than it is told. What repeats can only be seen
by reading, so that it is a sample: the newest documents where a field says when one was made.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from activities.contract import Reader
from activities.firestore.answers import Asked, Condition
from activities.firestore.client import Firestore
from activities.firestore.set_flag import KEY
from stanch.model.base import Duration, Frozen, Written
from stanch.model.evidence import AtLeast, Look, Reading
from stanch.model.verb import ReadingSpec
from stanch.plain import amount

_SAMPLES = 5
_LONGEST = 80
FieldName = Annotated[str, Field(pattern=KEY, max_length=256)]


class Where(Written):
    """A field compared with a value, or an instant with one so long ago: `ago: 0s` is now."""

    field: FieldName
    op: Literal["==", "!=", "<", "<=", ">", ">=", "array_contains"] = "=="
    value: bool | int | float | Annotated[str, Field(max_length=500)] | None = None
    ago: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=3650))] | None = None

    @model_validator(mode="after")
    def _is_compared(self) -> "Where":
        if (self.value is None) is (self.ago is None):
            message = "write either value or ago, the length of time since an instant"
            raise ValueError(message)
        return self

    @property
    def said(self) -> str:
        """`status == active`, `endsAt < 2:00:00 ago`."""
        than = f"{self.ago} ago" if self.ago else "now"
        return f"{self.field} {self.op} {self.value if self.ago is None else than}"

    def at(self, now: datetime) -> Condition:
        """What is asked of the vendor now."""
        return Condition(self.field, self.op, self.value if self.ago is None else now - self.ago)


class CountArguments(Written):
    """Which documents of which collection; `at` names the field that says when one was made."""

    collection: Annotated[str, Field(pattern=r"^[^/\s]+(/[^/\s]+/[^/\s]+)*$", max_length=500)]
    where: Annotated[tuple[Where, ...], Field(max_length=5)] = ()
    at: Annotated[str, Field(pattern=f"^$|{KEY}", max_length=256)] = ""
    within: Annotated[Duration, Field(gt=timedelta(0), le=timedelta(days=31))] | None = None
    repeated: Annotated[str, Field(pattern=f"^$|{KEY}", max_length=256)] = ""
    read_at_most: int = Field(default=500, ge=2, le=5000)
    """How many documents are looked at for repeats."""
    count_at_most: int = Field(default=100_000, ge=1, le=1_000_000)
    """Firestore bills one read for each thousand that it counts."""

    @model_validator(mode="after")
    def _has_a_time(self) -> "CountArguments":
        if self.within is not None and not self.at:
            message = "within needs at, the field that says when a document was made"
            raise ValueError(message)
        return self


class Repeat(Frozen):
    """One value that several documents hold."""

    value: str
    times: int


class Count(Reading):
    """How many documents there are, and how many of those looked at repeat another's value."""

    collection: str
    conditions: tuple[str, ...] = ()
    count: Annotated[int, AtLeast("at_least")]
    at_least: bool
    """There are more than were counted."""
    looked_at: int
    """Documents whose value was read; zero where nobody asked what repeats."""
    repeats: Annotated[int | None, AtLeast("sampled")]
    """Documents among them that hold a value which another one held before; None where nobody asked."""
    share: Annotated[float | None, AtLeast("sampled")]
    """Repeats in those looked at, from 0 to 1; of a part it says nothing of the whole, of none nothing."""
    sampled: bool
    """Not all documents were looked at."""
    most_often: tuple[Repeat, ...]

    def line(self) -> str:
        """`keys: 43 documents; 3 of 43 looked at repeat a value (7.0%, most often req-7, 3 times)`."""
        more = "at least " if self.at_least else ""
        where = f" where {', '.join(self.conditions)}" if self.conditions else ""
        told = f"{self.collection}{where}: {more}{amount(self.count, 'document')}"
        if self.share is None:
            return told
        often = (
            f", most often {self.most_often[0].value}, {self.most_often[0].times} times"
            if self.repeats
            else ""
        )
        least = "at least " if self.sampled else ""
        return (
            f"{told}; {least}{self.repeats} of {self.looked_at} looked at repeat a value"
            f" ({self.share:.1%}{often})"
        )


class ReadCount(Reader[Firestore]):
    """`firestore.count`."""

    spec: ClassVar = ReadingSpec(
        name="firestore.count",
        says="How many documents of a collection meet conditions, and how many repeat a value",
        result=Count,
        arguments=CountArguments,
        of="firestore",
        needs=("datastore.entities.get", "datastore.entities.list"),
    )

    async def read(self, look: Look) -> Count:
        """Counts at the vendor; reads one field of some documents where repeats are asked for."""
        wanted, target = CountArguments.model_validate(look.arguments), look.the_target
        conditions = [one.at(look.as_of) for one in wanted.where]
        if wanted.within is not None:
            conditions.append(Condition(wanted.at, ">=", look.begins(wanted.within)))
        asked = Asked(wanted.collection, tuple(conditions), wanted.at)
        documents = self.vendor.documents
        count = await documents.count(target, asked, wanted.count_at_most)
        held: list[Any] = []
        if wanted.repeated:
            held = list(await documents.values(target, asked, wanted.repeated, wanted.read_at_most))
        return self._counted(wanted, count, held)

    def _counted(self, wanted: CountArguments, count: int, held: list[Any]) -> Count:
        times = Counter(repr(value) if not isinstance(value, str) else value for value in held)
        repeats = len(held) - len(times)
        clean = self.vendor.redactor.clean
        return Count(
            collection=wanted.collection,
            conditions=tuple(one.said for one in wanted.where),
            count=count,
            at_least=count >= wanted.count_at_most,
            looked_at=len(held),
            repeats=repeats if wanted.repeated else None,
            share=repeats / len(held) if held else None,
            sampled=bool(wanted.repeated) and count > wanted.read_at_most,
            most_often=tuple(
                Repeat(value=clean(value)[:_LONGEST], times=number)
                for value, number in times.most_common(_SAMPLES)
                if number > 1
            ),
        )
