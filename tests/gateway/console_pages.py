"""A page as a person sees it, and a form of it as a browser would send it."""

import re
from html import unescape

import httpx

from tests.gateway.doubles import TOKENS

_INPUT = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


async def signed_in(browser: httpx.AsyncClient, person: str = "ana", to: str = "/") -> httpx.Response:
    return await browser.post("/sign-in", data={"token": TOKENS[person], "to": to})


async def form_on(browser: httpx.AsyncClient, path: str) -> dict[str, str]:
    """What the page's first form holds without being filled in."""
    page = (await browser.get(path)).text
    form = re.search(r"<form .*?</form>", page, re.DOTALL)
    assert form, page
    return {name: unescape(value) for name, value in _INPUT.findall(form[0])}


def said(page: httpx.Response) -> str:
    """What the page answers to the form that was sent, or what is the matter."""
    found = re.search(r'<p class="notice[^>]*role="alert"[^>]*>(.*?)</p>', page.text, re.DOTALL)
    assert found, page.text
    return " ".join(unescape(re.sub(r"<[^>]+>", "", found[1])).split())
