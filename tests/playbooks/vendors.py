"""Two vendors, a flag store and what is measured anywhere, with readings as the language names them."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from activities.http_call import CallArguments, HttpTarget
from activities.portable.verbs import PORTABLE_VERBS, CacheTags, Capacity, EarlierRelease, OneCommand
from activities.team_secrets import SetSecretArguments
from stanch.model.base import Duration, Frozen, Written
from stanch.model.change import Kind, UndoKind
from stanch.model.evidence import AgeAs, AtLeast, NamedBy, Reading
from stanch.model.verb import Approval, Catalogue, NoArguments, ReadingSpec, TargetSpec, VerbSpec


class Releases(Reading):
    name: str
    commit: str | None = None
    finished_at: Annotated[datetime | None, AgeAs("age")] = None
    newest_failed: bool = False
    is_suspect: bool = False


class Status(Reading):
    is_down: bool
    count: int | None = None
    memory_kills: int | None = None
    cpu: float | None = None
    memory: float | None = None


class StatusArguments(Written):
    within: Duration = timedelta(minutes=15)


class Values(Frozen):
    top: str | None = None
    top_share: float | None = None
    different: int = 0
    list: tuple[str, ...] = ()


class Lines(Reading):
    count: Annotated[int, AtLeast("is_cut")]
    is_cut: bool = False
    counts: Annotated[dict[str, int], AtLeast("is_cut"), NamedBy("count", directly=True)]
    shares: Annotated[dict[str, float], NamedBy("count", under="share")]
    by: Annotated[dict[str, Values], NamedBy("by")]


class LinesArguments(Written):
    within: Duration = timedelta(minutes=15)
    matching: tuple[str, ...] = ()
    count: dict[str, str] = Field(default_factory=dict)
    by: dict[str, str] = Field(default_factory=dict)
    keep: bool = False


class Recent(Reading):
    deploys: int


class Probed(Reading):
    is_down: bool
    failing: bool
    statuses: tuple[int, ...] = ()
    picked: Annotated[dict[str, str], NamedBy("pick", directly=True)] = Field(default_factory=dict)


class ProbeArguments(Written):
    urls: tuple[str, ...] = ()
    url: str | None = None
    method: Literal["GET", "POST"] = "GET"
    bearer: str = ""
    pick: dict[str, str] = Field(default_factory=dict)


class PageSeen(Frozen):
    is_down: bool


class Pages(Reading):
    is_down: bool
    pages: Annotated[dict[str, PageSeen], NamedBy("pages", directly=True)]
    hosting: PageSeen


class PagesArguments(Written):
    pages: tuple[str, ...] = ()
    hosting: str = ""


class ByLabel(Frozen):
    top: str | None = None
    top_value: float | None = None


class Measured(Reading):
    value: Annotated[float | None, AtLeast("!complete")] = None
    usual: float | None = None
    before: float | None = None
    slope_per_hour: float | None = None
    by: Annotated[dict[str, ByLabel], NamedBy("by")] = Field(default_factory=dict)
    complete: bool = True


class NamedArguments(Written):
    metric: Literal["error_rate", "requests", "p95", "memory"]
    within: Duration = timedelta(minutes=5)
    also: tuple[str, ...] = ()


class QueryArguments(Written):
    query: str
    also: tuple[str, ...] = ()
    in_: Literal["s", "ms", "percent", "share"] | None = Field(default=None, alias="in")
    by: dict[str, str] = Field(default_factory=dict)


class AddressArguments(Written):
    url: str
    pick: str
    bearer: str = ""


class Connections(Reading):
    free: int


class FlagArguments(Written):
    key: str
    value: bool | int | str | dict[str, int]


class TextArguments(Written):
    key: str
    value: str


class CliffTarget(Written):
    app: str


class CaveTarget(Written):
    cache: str


class FlagsTarget(Written):
    store: str


SERIES = ("usual", "before", "slope_per_hour")
READINGS = [
    ReadingSpec("releases", "releases", Releases, stands_for="releases"),
    ReadingSpec("status", "status", Status, StatusArguments, stands_for="status"),
    ReadingSpec("logs", "logs", Lines, LinesArguments, stands_for="logs"),
    ReadingSpec("recent", "recent", Recent, stands_for="recent", everywhere=True),
    ReadingSpec("cliff.releases", "releases", Releases, of="cliff"),
    ReadingSpec("cliff.status", "status", Status, StatusArguments, of="cliff"),
    ReadingSpec("cliff.logs", "logs", Lines, LinesArguments, of="cliff"),
    ReadingSpec("cliff.recent", "recent", Recent, of="cliff"),
    ReadingSpec("cave.status", "status", Status, StatusArguments, of="cave"),
    ReadingSpec("cave.connections", "connections", Connections, of="cave"),
    ReadingSpec("probe", "probe", Probed, ProbeArguments, good_when="!it.failing"),
    ReadingSpec("status.pages", "pages", Pages, PagesArguments),
    ReadingSpec(
        "cliff.metrics",
        "numbers",
        Measured,
        NamedArguments,
        of="cliff",
        units={"error_rate": "share", "requests": "", "p95": "s", "memory": "share"},
        series=SERIES,
    ),
    ReadingSpec("numbers.query", "numbers", Measured, QueryArguments, series=SERIES),
    ReadingSpec("numbers.http", "numbers", Measured, AddressArguments),
]


def verb(name: str, arguments: type[Written] = NoArguments, **more: Any) -> VerbSpec:
    of = name.partition(".")[0]
    usual: dict[str, Any] = {"kind": Kind.STATE, "undo": UndoKind.RESTORES, "of": of}
    return VerbSpec(name=name, says=name, arguments=arguments, **{**usual, **more})


VERBS = [
    verb("cliff.roll_back", EarlierRelease),
    verb("cliff.restart", undo=UndoKind.NONE, kind=Kind.ACT),
    verb("cliff.scale", Capacity, was={"count": "int"}),
    verb("cliff.run", OneCommand, floor=Approval.TWO, undo=UndoKind.NONE),
    verb("cliff.purge_cache", CacheTags, undo=UndoKind.NONE),
    verb("cliff.set_secret", SetSecretArguments, floor=Approval.ONE),
    verb("cliff.set_config", TextArguments),
    verb("cave.flush", undo=UndoKind.NONE),
    verb("flags.set", FlagArguments, instant=True),
    verb("http.call", CallArguments, undo=UndoKind.COMPENSATES),
]


def catalogue_of(*more: VerbSpec | ReadingSpec) -> Catalogue:
    """The small catalogue, and whatever else a test needs."""
    verbs = [*VERBS, *(one for one in more if isinstance(one, VerbSpec))]
    readings = [*READINGS, *(one for one in more if isinstance(one, ReadingSpec))]
    targets = {
        "cliff": TargetSpec(CliffTarget, "app"),
        "cave": TargetSpec(CaveTarget, "cache"),
        "flags": TargetSpec(FlagsTarget, "store"),
        "http": TargetSpec(HttpTarget, "service"),
    }
    return Catalogue(
        verbs={spec.name: spec for spec in verbs},
        readings={spec.name: spec for spec in readings},
        targets=targets,
        settings=dict.fromkeys([*targets, "github"], frozenset[str]()),
        pages=frozenset({"cliff", "shop-pay"}),
        portable_verbs={one.name: one for one in PORTABLE_VERBS},
        offers_none={("cave", "restart"): "an add-on is restarted by its vendor"},
    )
