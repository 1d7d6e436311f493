"""What Heroku can be asked of the last minutes: log lines, a release phase's output, changes."""

import asyncio
from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from activities.contract import Reader
from activities.heroku.answers import Formation, Release
from activities.heroku.client import READS, Heroku
from activities.heroku.history import CONFIG
from activities.heroku.log import log_of
from activities.portable.log_lines import LogArguments, LogCount, LoggedLine
from activities.portable.log_reader import LogReader, Shown
from activities.portable.release_output import ReleaseOutput, ReleaseOutputArguments, counted
from stanch.errors import Rejected
from stanch.model.evidence import Look
from stanch.model.recent import Happening, Recent, RecentArguments, Sort, asked_since, recent
from stanch.model.verb import ReadingSpec

_TOGETHER = timedelta(minutes=1)


class HerokuLogArguments(LogArguments):
    """`source` app is what dynos wrote; heroku is the platform: router errors H.., runtime errors R..."""

    source: Literal["", "app", "heroku"] = ""
    dyno: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]*$", max_length=128)] = ""
    """A dyno such as web.1, or all of a process type such as web."""


class ReadLogs(LogReader[Heroku]):
    """`heroku.logs`."""

    spec: ClassVar = ReadingSpec(
        name="heroku.logs",
        says="Lines of the app and of Heroku's router and runtime (H10, H12, R14 ...), counted",
        result=LogCount,
        arguments=HerokuLogArguments,
        of="heroku",
        needs=READS,
    )

    async def shown(self, look: Look) -> Shown:
        """Heroku keeps 1500 lines: on a busy app that is less than was asked for."""
        wanted = HerokuLogArguments.model_validate(look.arguments)
        log = await log_of(self.vendor, look.the_target)
        return Shown([line for line in log.lines if _is_of(line, wanted)], log.is_whole(look))


class ReadReleaseOutput(Reader[Heroku]):
    """`heroku.release_output`."""

    spec: ClassVar = ReadingSpec(
        name="heroku.release_output",
        says="How the newest release phase ended, such as a migration, and which of its lines match",
        result=ReleaseOutput,
        arguments=ReleaseOutputArguments,
        of="heroku",
        needs=READS,
        leaves_out=("exit_code",),
    )

    async def read(self, look: Look) -> ReleaseOutput:
        """Its lines carry no time: all of them stand at the instant of their release."""
        target = look.the_target
        releases = await self.vendor.releases(target)
        found = next((one for one in releases if one.output_stream_url), None)
        if found is None or not found.output_stream_url:
            raise Rejected("heroku", f"no release of {target.name} had a release phase lately")
        text = await self.vendor.lines(found.output_stream_url)
        lines = [
            LoggedLine(at=found.created_at, text=line, source=f"release {found.name}")
            for line in text.splitlines()
            if line.strip()
        ]
        said = counted(lines, look, self.vendor.redactor, whole=not found.pending)
        return ReleaseOutput(
            **said.model_dump(exclude={"said"}),
            name=found.name,
            failed=found.failed,
            began_at=found.created_at,
        )


class ReadRecent(Reader[Heroku]):
    """`heroku.recent`."""

    spec: ClassVar = ReadingSpec(
        name="heroku.recent",
        says="Deployments, rollbacks, config and scale changes of the last minutes, with their authors",
        result=Recent,
        arguments=RecentArguments,
        of="heroku",
        needs=READS,
    )

    async def read(self, look: Look) -> Recent:
        """Releases tell who; the formation only tells when it was last changed."""
        target = look.the_target
        since = asked_since(look)
        releases, formation = await asyncio.gather(
            self.vendor.releases(target, lambda found: min(one.created_at for one in found) < since),
            self.vendor.formation(target),
        )
        if not releases:
            raise Rejected("heroku", f"{target.name} has no release")
        complete = releases[-1].version == 1 or releases[-1].created_at < since
        found = [_released(one, target.key) for one in releases]
        found += [_scaled(one, target.key) for one in formation if not _came_with_a_release(one, releases)]
        return recent(found, look, complete=complete)


def _is_of(line: LoggedLine, wanted: HerokuLogArguments) -> bool:
    source, _, process = line.source.partition("[")
    process = process.removesuffix("]")
    return wanted.source in {"", source} and wanted.dyno in {"", process, process.rpartition(".")[0]}


def _released(release: Release, where: str) -> Happening:
    failed = f" ({release.status})" if release.failed else ""
    return Happening(
        at=release.created_at,
        sort=Sort.CONFIG if release.says.startswith(CONFIG) else Sort.DEPLOY,
        what=f"v{release.version} {release.says}{failed}",
        by=release.author,
        where=where,
    )


def _scaled(formation: Formation, where: str) -> Happening:
    return Happening(
        at=formation.updated_at,
        sort=Sort.SCALE,
        what=f"{formation.type} is {formation.quantity} x {formation.sized} since then",
        where=where,
    )


def _came_with_a_release(formation: Formation, releases: list[Release]) -> bool:
    """A deployment touches the formation too."""
    return any(abs(formation.updated_at - one.created_at) < _TOGETHER for one in releases)
