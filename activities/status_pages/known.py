"""The vendors' public pages by name, and the kinds of page that can be read.

Hosts as they stood in several public catalogues in 2026-11. Playbooks say the name; a team's `status_pages`
adds names or replaces addresses.
"""

from activities.status_pages.kinds import Kind
from activities.status_pages.statuspage import STATUSPAGE

KINDS: dict[str, Kind] = {}
"""The kind of a page by its name, where it is not Statuspage."""

HOSTS = {
    "fly": "status.flyio.net",
    "cloudflare": "www.cloudflarestatus.com",
    "vercel": "www.vercel-status.com",
    "netlify": "www.netlifystatus.com",
    "supabase": "status.supabase.com",
    "clerk": "status.clerk.com",
    "openai": "status.openai.com",
    "stripe": "www.stripestatus.com",
    "neon": "neonstatus.com",
    "upstash": "status.upstash.com",
    "sendgrid": "status.sendgrid.com",
    "twilio": "status.twilio.com",
    "sentry": "status.sentry.io",
    "datadog": "status.datadoghq.com",
    "github": "www.githubstatus.com",
    "newrelic": "status.newrelic.com",
}


def kind_of(page: str) -> Kind:
    """The kind of a page: the vendor's own where it has one, Statuspage otherwise."""
    return KINDS.get(page, STATUSPAGE)
