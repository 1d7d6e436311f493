"""The lines of one run, whichever vendor kept them."""

from datetime import timedelta

from activities.portable.log_lines import LoggedLine
from activities.portable.release_output import counted
from stanch.model.evidence import Look
from stanch.secrets import Redactor
from tests.activities.contract.case import AT


def test_every_line_counts_where_no_pattern_is_given_however_long_ago_it_was() -> None:
    then = AT - timedelta(days=3)
    lines = [LoggedLine(at=then, text="begun"), LoggedLine(at=then + timedelta(seconds=1), text="failed")]

    said = counted(lines, Look(as_of=AT), Redactor(), whole=True)

    assert (said.count, said.last) == (2, "failed")
