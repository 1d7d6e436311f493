"""The scripts and styles that a page names, and whether an answer is a cache's copy."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser

import httpx

from activities.probes.prober import Visit

_SAYING = ("cf-cache-status", "x-vercel-cache", "x-cache")
_HITS = {"hit", "stale", "updating", "prerender"}
"""What Cloudflare, Vercel, CloudFront and Fastly say there of an answer that a cache gave."""
_HIT = re.compile(r";\s*hit\b", re.IGNORECASE)
"""The same in `Cache-Status` (RFC 9211), as Netlify has it; `fwd=stale` there did ask the origin."""
_PAST_CACHES = {"Cache-Control": "no-cache", "Pragma": "no-cache"}
_LINKED = {"stylesheet", "modulepreload"}
_PRELOADED = {"script", "style"}


class _Names(HTMLParser):
    """Where scripts and styles stand, as the page writes it."""

    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: (value or "").strip() for name, value in attrs}
        match tag:
            case "base":
                self.base = self.base or said.get("href", "")
            case "script":
                self.found.append(said.get("src", ""))
            case "link" if _loads(said):
                self.found.append(said.get("href", ""))


def _loads(link: Mapping[str, str]) -> bool:
    kinds = set(link.get("rel", "").lower().split())
    return bool(kinds & _LINKED) or ("preload" in kinds and link.get("as", "").lower() in _PRELOADED)


def files_of(html: str, at: str) -> list[str]:
    """The addresses of a page's scripts and styles that stand at its own host, each once."""
    names = _Names()
    names.feed(html)
    names.close()
    base = _joined(httpx.URL(at), names.base) or httpx.URL(at)
    return list(dict.fromkeys(_at_home(names.found, base, httpx.URL(at).host)))


def _at_home(found: list[str], base: httpx.URL, host: str) -> Iterator[str]:
    for written in found:
        address = _joined(base, written) if written else None
        if address and address.scheme in {"http", "https"} and address.host == host:
            yield str(address.copy_with(fragment=None))


def _joined(base: httpx.URL, written: str) -> httpx.URL | None:
    try:
        return base.join(written)
    except httpx.InvalidURL:
        return None


def is_a_copy(headers: Mapping[str, str]) -> bool:
    """True where an answer says that a cache gave it, and not the origin."""
    age = headers.get("age", "")
    words = {word for name in _SAYING for word in re.findall(r"[a-z]+", headers.get(name, "").lower())}
    has_age = age.isdigit() and int(age) > 0
    return has_age or not words.isdisjoint(_HITS) or bool(_HIT.search(headers.get("cache-status", "")))


@dataclass(frozen=True)
class Bypass:
    """How a cache is asked for what the origin has: by a query that it has never seen, and by saying so."""

    token: str

    def visit(self, url: str, most: int) -> Visit:
        """A look at the same address, past the cache."""
        address = httpx.URL(url).copy_merge_params({"stanch": self.token})
        return Visit(str(address), headers=_PAST_CACHES, most=most)
