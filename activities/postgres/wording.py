"""Queries as they may be shown: without any value that somebody wrote into them."""

import re

SHOWN = 160
_VALUE = re.compile(
    r"""
      --[^\n]*                                  # a comment to the end of its line
    | /\*.*?(?:\*/|\Z)                          # a comment, or what was cut off in it
    | \$(?P<tag>[A-Za-z_]*)\$.*?(?:\$(?P=tag)\$|\Z)
    | (?:\b[EeBbXxNn]|\b[Uu]&)?'(?:''|[^'])*(?:'|\Z)
    | (?P<name>"(?:""|[^"])*(?:"|\Z))
    | (?<![\w$])[-+]?(?:0[xXoObB][0-9A-Fa-f_]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\b
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENTS = ("--", "/*")
_SETS = re.compile(r"^\s*(SET\s+(?:LOCAL\s+|SESSION\s+)?[\w.]+\s*(?:=|\bTO\b)).*", re.IGNORECASE | re.DOTALL)
_LISTS = re.compile(r"\(\s*\?(?:\s*,\s*\?)+\s*\)")


def normalised(query: str) -> str:
    """One line with `?` for every value; comments are left out, because frameworks write values there.

    Whether a backslash escapes a quote is a setting of the session, so what follows the first quote of such
    a query is not shown at all.
    """
    if "\\'" in query:
        query = f"{query.partition(chr(39))[0]}'"
    masked = _SETS.sub(r"\1 ?", _VALUE.sub(_hidden, query))
    return _LISTS.sub("(?)", " ".join(masked.split()))[:SHOWN]


def _hidden(found: re.Match[str]) -> str:
    if found["name"]:
        return str(found["name"])
    return " " if found[0].startswith(_COMMENTS) else "?"
