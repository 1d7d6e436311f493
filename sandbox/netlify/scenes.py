"""Worlds with Netlify in them, each as it stands just before somebody is woken."""

from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.netlify.deploy import Commit
from sandbox.netlify.site import SplitTest
from sandbox.netlify.world import NetlifyWorld
from sandbox.status_pages import Make

if TYPE_CHECKING:
    from sandbox.world import Sandbox

ACCOUNT = "5d0c9f1ab2c3d4e5f6a7b8c9"
_BUILDS = (
    (timedelta(days=5), "cart: smaller images", True),
    (timedelta(days=1), "checkout: new address form", True),
    (timedelta(minutes=8), "checkout: new totals", False),
)


def gitquest(sandbox: "Sandbox") -> None:
    """Three deploys of a frontend, the newest of which does not load."""
    site = sandbox.of(NetlifyWorld).add("gitquest", ACCOUNT, "gitquest.example")
    site.keep("ENABLE_CHECKOUT", "true")
    site.keep("API_BASE", "https://api.gitquest.example", "production")
    site.keep("STRIPE_WEBHOOK_SECRET", "whsec_of_gitquest_in_the_sandbox", is_secret=True)
    for number, (ago, message, good) in enumerate(_BUILDS, start=1):
        site.deployed(Commit(f"{number}c4d5e6" * 5 + "12345", message, good), ago)
    site.say("checkout", "ERROR totals of undefined", timedelta(minutes=5))
    site.say("checkout", "ERROR totals of undefined", timedelta(minutes=2))
    site.say("checkout", "took 88 ms", timedelta(minutes=1))
    sandbox.add_service("frontend", site)
    sandbox.add_status_page("netlify", Make.STATUSPAGE, ["CDN", "Builds", "API"])


def gitquest_split(sandbox: "Sandbox") -> None:
    """Production is good; a branch that some visitors get beside it is not."""
    gitquest(sandbox)
    site = sandbox.of(NetlifyWorld).sites["gitquest"]
    site.publish(site.deploys[1])
    shares, good = {"main": 60, "new-checkout": 40}, {"main": True, "new-checkout": False}
    site.split = SplitTest("5e1f0c9a", "checkout", shares, good)


def gitquest_stale(sandbox: "Sandbox") -> None:
    """The newest deploy is good, and the edge serves pages that belong to none."""
    gitquest(sandbox)
    site = sandbox.of(NetlifyWorld).sites["gitquest"]
    bad = site.deploys[0]
    bad.commit = Commit(bad.commit.sha, bad.commit.message)
    site.cache_is_broken = True
