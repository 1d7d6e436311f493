"""Public status pages of every make, each with its own habits."""

from sandbox.status_pages.doors import StatusWorld, routes
from sandbox.status_pages.page import FakeStatusPage, Make, Weather

__all__ = ["FakeStatusPage", "Make", "StatusWorld", "Weather", "routes"]
