"""Worlds of no one vendor's, each as it stands just before somebody is woken."""

from typing import TYPE_CHECKING

from sandbox.fly import scenes as fly
from sandbox.vercel import scenes as vercel

if TYPE_CHECKING:
    from sandbox.world import Sandbox


def empty(_: "Sandbox") -> None:
    """Nothing but the sandbox itself."""


def everything(sandbox: "Sandbox") -> None:
    """The backend and the shop."""
    fly.slurpy(sandbox)
    vercel.shop(sandbox)
