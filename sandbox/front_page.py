"""A service's front page with its script and style, and the cache that stands before it."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

_KINDS = {"js": "text/javascript", "css": "text/css"}
_FALLBACK = "<!doctype html><title>Start</title>"


@dataclass(frozen=True)
class Served:
    """What a visitor gets of the page or of one of its files."""

    status: int
    body: str = ""
    kind: str = "text/html"
    from_cache: bool = False


@dataclass
class FrontPage:
    """The page of whatever release runs; a release takes its files along when it goes."""

    address: str
    kept: str = ""
    """The release whose page the cache goes on showing, until it is purged."""
    kept_beside: frozenset[str] = frozenset()
    """The releases that ran then: any other purges the cache, where there are some."""
    is_stubborn: bool = False
    """The cache overlooks queries and what a visitor says about caches."""
    falls_back: bool = False
    """For what is not there a start page is answered, with a good status."""
    without_files: set[str] = field(default_factory=set)
    """Releases whose files never came along."""

    def keep(self, release: str, beside: frozenset[str] = frozenset()) -> None:
        """From now on the cache shows that release's page, and as long as one of these runs, if any."""
        self.kept, self.kept_beside = release, beside

    def purge(self) -> None:
        """The cache forgets."""
        self.kept = ""

    def page(self, release: str, *, past_cache: bool) -> Served:
        """The page of the release that answers, or the one that the cache has kept."""
        if release and self.kept_beside and release not in self.kept_beside:
            self.purge()
        if self.kept and (self.is_stubborn or not past_cache):
            return Served(200, self._html(self.kept), from_cache=True)
        return Served(200, self._html(release))

    def is_whole(self, releases: Collection[str]) -> bool:
        """Everything that the page names is there."""
        there = {_called(release) for release in set(releases) - self.without_files}
        shown = self.kept or next(iter(releases), "")
        return not shown or _called(shown) in there

    def file(self, name: str, releases: Iterable[str]) -> Served:
        """One of the files of a release that runs; no other is there any more."""
        found = {
            f"{_called(release)}.{kind}": content
            for release in set(releases) - self.without_files
            for kind, content in _KINDS.items()
        }
        if name in found:
            return Served(200, "/* the sandbox */", found[name])
        return Served(200, _FALLBACK) if self.falls_back else Served(404, "", "text/plain")

    def _html(self, release: str) -> str:
        there = f"{self.address}/assets/{_called(release)}"
        return (
            f'<!doctype html><title>Start</title><link rel="stylesheet" href="{there}.css">'
            f'<script type="module" src="{there}.js"></script><h1>Hello</h1>'
        )


def _called(release: str) -> str:
    """As builders name files: by what is in them."""
    return f"app-{hashlib.sha256(release.encode()).hexdigest()[:8]}"
