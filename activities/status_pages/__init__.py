"""Public status pages: what the vendors a team depends on say of themselves."""

from activities.contract import Part
from activities.status_pages.reading import Pages, ReadPage

PART = Part(name="status", connect=Pages.connect, readings=(ReadPage,))
