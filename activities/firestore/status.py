"""`firestore.status`: whether the database answers a tiny read, and how fast.

It is reached over the internet, and from everywhere alike: whoever gets no answer to a read measures that it
is down, and where the way from here alone is broken every other reading fails as well.
"""

import time
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from activities.contract import Reader
from activities.firestore.answers import Flag
from activities.firestore.client import Firestore
from activities.firestore.set_flag import DOCUMENT
from activities.portable.status import Status, StatusArguments
from stanch.errors import Unavailable
from stanch.model.base import Duration
from stanch.model.evidence import FROM_HERE, Look
from stanch.model.verb import ReadingSpec


class FirestoreStatusArguments(StatusArguments):
    """Which document is read, there or not, and what is slow."""

    document: Annotated[str, Field(pattern=DOCUMENT, max_length=500)] = "health/ping"
    slow_after: Duration = Field(default=timedelta(seconds=1), gt=timedelta(0))


class Answering(Status):
    """A database as one read meets it; a missing document is an answer too."""

    latency: timedelta

    def line(self) -> str:
        """`answers in 0.04 s, asked from Stanch's own place`."""
        took = f"{self.latency.total_seconds():.2f} s{' (slow)' if self.is_slow else ''}"
        said = f"does not answer: {self.why}" if self.is_down else f"answers in {took}"
        return f"{said}, {FROM_HERE}"


class ReadStatus(Reader[Firestore]):
    """`firestore.status`."""

    spec: ClassVar = ReadingSpec(
        name="firestore.status",
        says=f"Whether a document can be read, and how long that takes, {FROM_HERE};"
        " not being answered is the measurement",
        result=Answering,
        arguments=FirestoreStatusArguments,
        of="firestore",
        good_when="!it.is_down && !it.is_slow",
        needs=("datastore.entities.get",),
        leaves_out=(
            "settling",
            "count",
            "wanted",
            "running",
            "failing_copies",
            "memory_kills",
            "restarts",
            "cpu",
            "memory",
            "hit_rate",
            "size",
            "memory_mb",
            "restarted_age",
            "connections",
            "free",
        ),
    )

    async def read(self, look: Look) -> Answering:
        """One read; a refused credential is no measurement and raises."""
        asked = FirestoreStatusArguments.model_validate(look.arguments)
        begun, why = time.monotonic(), ""
        try:
            await self.vendor.documents.held(look.the_target, Flag(asked.document, "ok"))
        except Unavailable as error:
            why = str(error)
        took = timedelta(seconds=time.monotonic() - begun)
        return Answering(is_down=bool(why), is_slow=took > asked.slow_after, latency=took, why=why)
