"""Log files that a team's own servers offer by HTTP, read."""

from activities.contract import Part
from activities.logfile.client import Files
from activities.logfile.logs import ReadFile

PART = Part(name="logfile", connect=Files.connect, readings=(ReadFile,))
