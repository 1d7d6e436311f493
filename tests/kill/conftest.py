"""After a long run: what all rounds of this tree came to."""

import os
from typing import Any

from tests.kill import results


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Also of the rounds that an earlier run has made."""
    if not os.environ.get("STANCH_KILLS"):
        return
    terminalreporter.section("rounds of this tree")
    for line in results.summary(results.kept(results.tree())):
        terminalreporter.write_line(line)
