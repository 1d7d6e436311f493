"""Log files that a team's own servers offer by HTTP, read."""

from activities.integration import Integration
from activities.logfile.client import Files
from activities.logfile.logs import FileTarget, ReadFile
from activities.portable.verbs import none_of
from stanch.model.verb import TargetSpec

INTEGRATION = Integration(
    name="logfile",
    connect=Files.connect,
    readings=(ReadFile,),
    target=TargetSpec(FileTarget, name="url"),
    offers_none=none_of("a file is only read"),
)
