"""Public status pages of every make, each with its own habits."""

from sandbox.status_pages.doors import StatusWorld, routes
from sandbox.status_pages.page import Make, StatusPage, Weather

__all__ = ["Make", "StatusPage", "StatusWorld", "Weather", "routes"]
