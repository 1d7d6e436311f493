"""Options that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[Path, typer.Option("--config", help="The team's stanch.yaml.", envvar="STANCH_CONFIG")]
Data = Annotated[Path, typer.Option("--data", help="The data folder.", envvar="STANCH_DATA")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document for machines.")]
