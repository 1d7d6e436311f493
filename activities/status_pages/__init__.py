"""Public status pages: what the vendors a team depends on say of themselves."""

from activities.integration import Integration
from activities.status_pages.known import KNOWN
from activities.status_pages.pages import Pages
from activities.status_pages.reading import ReadPage

INTEGRATION = Integration(name="status", connect=Pages.connect, readings=(ReadPage,), pages=tuple(KNOWN))
