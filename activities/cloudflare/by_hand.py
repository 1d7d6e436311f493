"""What a person types at Cloudflare: `wrangler` where it can, and its API where wrangler has no command."""

from activities.cloudflare.answers import Split
from activities.cloudflare.client import ADDRESS
from stanch.model.change import Change

CURL = 'curl -H "Authorization: Bearer $CLOUDFLARE_API_TOKEN"'
IS_JSON = '-H "Content-Type: application/json"'


def at(path: str) -> str:
    """The address of a path."""
    return f"{ADDRESS}/client/v4/{path}"


def wrangler(change: Change, words: str) -> str:
    """A command of wrangler's, in the account of the change's Worker."""
    return f"CLOUDFLARE_ACCOUNT_ID={change.target.at['account']} wrangler {words}"


def deploying(change: Change, split: Split) -> str:
    """A split deployed."""
    shares = " ".join(f"{version}@{share}%" for version, share in split.items())
    return wrangler(
        change, f"versions deploy {shares} --name {change.target.name} --message {change.marker} --yes"
    )
