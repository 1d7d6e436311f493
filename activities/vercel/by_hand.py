"""What a person types at Vercel: its command line, and its API where that has no command."""

import json
from shlex import quote

from stanch.model.change import Target

_API = "https://api.vercel.com"


def scope(team: str) -> str:
    """`--scope TEAM`, for targets of a team."""
    return f" --scope {team}" if team else ""


def assigning(project: str, team: str, *, on: bool) -> str:
    """Whether new production builds go live by themselves.

    The command patches the project as Stanch does (vercel/vercel, packages/cli, read 2026-11).
    """
    return (
        f"vercel project update {project} --auto-assign-custom-domains {'on' if on else 'off'}{scope(team)}"
    )


def asking(method: str, at: Target, path: str, body: object = None) -> str:
    """`curl`, with the token by its name."""
    team = at.at.get("team", "")
    key = "teamId" if team.startswith("team_") else "slug"
    joined = "&" if "?" in path else "?"
    url = f"{_API}/{path}{f'{joined}{key}={team}' if team else ''}"
    sent = "" if body is None else f' -H "Content-Type: application/json" -d {quote(json.dumps(body))}'
    return f'curl -X {method} {quote(url)} -H "Authorization: Bearer $VERCEL_TOKEN"{sent}'
