"""The vendors' own documents, where they are."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from tests.conformance.amendments import amended

SPECS = Path(os.environ.get("STANCH_SPECS") or Path(__file__).resolve().parents[3] / "shared" / "specs")
MISSING = f"the vendors' own API descriptions are not in {SPECS}; say STANCH_SPECS"


@cache
def read(name: str) -> Any:
    """A document as the vendor publishes it, with what is known to be wrong in it put right."""
    return amended(name, json.loads((SPECS / name).read_text()))
