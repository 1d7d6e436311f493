"""What a person types at Vercel: flags of its command line, and its API where that has no command."""


def scope(team: str) -> str:
    """`--scope TEAM`, for targets of a team."""
    return f" --scope {team}" if team else ""


def assigning(project: str, team: str, *, on: bool) -> str:
    """Whether new production builds go live by themselves; only the API and the dashboard can tell."""
    query = f"?teamId={team}" if team else ""
    return (
        f"curl -X PATCH 'https://api.vercel.com/v9/projects/{project}{query}'"
        ' -H "Authorization: Bearer $VERCEL_TOKEN" -H "Content-Type: application/json"'
        f" -d '{{\"autoAssignCustomDomains\": {str(on).lower()}}}'"
    )
