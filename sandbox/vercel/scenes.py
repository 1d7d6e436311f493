"""Worlds with Vercel in them, each as it stands just before somebody is woken."""

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.status_pages import Make
from sandbox.vercel.deployment import Commit
from sandbox.vercel.move import Rolling
from sandbox.vercel.world import VercelWorld

if TYPE_CHECKING:
    from sandbox.world import Sandbox

TEAM = "team_sandbox"
STORE = "ecfg_of2the3shop"


def shop(sandbox: "Sandbox") -> None:
    """Three production deployments, the newest of which fails at the checkout."""
    world = sandbox.of(VercelWorld)
    project = world.add("my-shop", TEAM, ["shop.example", "my-shop.vercel.example"])
    project.keep("NEXT_PUBLIC_ENABLE_PACK_PURCHASE", "true")
    project.keep("API_BASE", "https://api.shop.example", "plain")
    project.keep("STRIPE_WEBHOOK_SECRET", "whsec_of_the_sandbox", "sensitive")
    builds = (
        (timedelta(days=5), "cart: smaller images", True),
        (timedelta(days=1), "checkout: new address form", True),
        (timedelta(minutes=8), "checkout: new totals", False),
    )
    for number, (ago, message, good) in zip(itertools.count(1), builds, strict=False):
        project.deployed(Commit(f"{number}a2b3c4" * 5 + "12345", message, good), ago)
    world.add_flag("my-shop", "pack-purchase", on=True)
    world.add_store("my-shop", STORE, {"enable_pack_purchase": True})
    project.say("CRITICAL_PURCHASE_ERROR clientRequestId=ab12", "error", timedelta(minutes=2))
    sandbox.add_service("shop", project)
    sandbox.add_status_page("vercel", Make.STATUSPAGE, ["Edge Network", "Builds", "API"])


def shop_rolling(sandbox: "Sandbox") -> None:
    """The bad deployment is released gradually; a quarter of the visitors already get it."""
    shop(sandbox)
    project = sandbox.of(VercelWorld).projects["my-shop"]
    bad, good, _ = project.deployments
    project.point_to(good.id)
    good.alias_assigned = good.created + 62_000
    bad.substate, bad.alias_assigned = "ROLLING", None
    project.rolling = Rolling(good.id, bad.id, bad.created + 62_000, stage=1)


def shop_stale(sandbox: "Sandbox") -> None:
    """The newest deployment is good, and the edge serves pages that belong to none."""
    shop(sandbox)
    project = sandbox.of(VercelWorld).projects["my-shop"]
    bad = project.deployments[0]
    bad.commit = Commit(bad.commit.sha, bad.commit.message)
    project.stale_edge = True
