"""Public status pages: what the vendors a team depends on say of themselves."""

from activities.integration import Integration
from activities.open_questions import OpenQuestion
from activities.status_pages.all_pages import ReadPages
from activities.status_pages.known import KNOWN
from activities.status_pages.pages import Pages
from activities.status_pages.reading import ReadPage

INTEGRATION = Integration(
    name="status",
    connect=Pages.connect,
    readings=(ReadPage, ReadPages),
    pages=tuple(KNOWN),
    questions=(
        OpenQuestion(
            "Does components.json of a page at incident.io list what its summary.json leaves out?",
            "It does: both are read there",
            by_hand="curl -s PAGE/api/v2/summary.json PAGE/api/v2/components.json",
        ),
    ),
)
