"""The vendors' public pages by name, and the kinds of page that can be read.

Hosts as they stood in several public directories in 2026-11. Playbooks say the name; a team's `status_pages`
adds names, replaces addresses, or only says which components matter.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from activities.status_pages.feeds import AWS, GOOGLE
from activities.status_pages.hosted import BETTER_STACK, INSTATUS
from activities.status_pages.makes import Make
from activities.status_pages.own import HEROKU, SLACK, STRIPE
from activities.status_pages.statuspage import STATUSPAGE
from stanch.model.team import StatusPage

KINDS = {kind.name: kind for kind in (STATUSPAGE, INSTATUS, BETTER_STACK, HEROKU, GOOGLE, AWS, SLACK, STRIPE)}
RENTED = (STATUSPAGE, INSTATUS, BETTER_STACK)
"""What a page may be that nobody knows, in the order in which they are tried."""


@dataclass(frozen=True)
class Known:
    """One vendor's page."""

    host: str
    kinds: tuple[Make, ...] = (STATUSPAGE,)

    @property
    def address(self) -> str:
        """Where the page is, without a path."""
        return f"https://{self.host}"


KNOWN = {
    "fly": Known("status.flyio.net"),
    "heroku": Known("status.heroku.com", (HEROKU,)),
    "aws": Known("health.aws.amazon.com", (AWS,)),
    "cloudflare": Known("www.cloudflarestatus.com"),
    "vercel": Known("www.vercel-status.com"),
    "netlify": Known("www.netlifystatus.com"),
    "google": Known("status.cloud.google.com", (GOOGLE,)),
    "firebase": Known("status.firebase.google.com", (GOOGLE,)),
    "supabase": Known("status.supabase.com"),
    "clerk": Known("status.clerk.com"),
    "openai": Known("status.openai.com"),
    "stripe": Known("www.stripestatus.com"),
    # The directories disagree on whose software these two run: whichever answers.
    "neon": Known("neonstatus.com", RENTED),
    "upstash": Known("status.upstash.com", RENTED),
    "sendgrid": Known("status.sendgrid.com"),
    "twilio": Known("status.twilio.com"),
    "sentry": Known("status.sentry.io"),
    "datadog": Known("status.datadoghq.com"),
    "github": Known("www.githubstatus.com"),
    "newrelic": Known("status.newrelic.com"),
    "slack": Known("slack-status.com", (SLACK,)),
}
_BY_HOST = {known.host: known.kinds for known in KNOWN.values()} | {"status.stripe.com": (STRIPE,)}


def kinds_of(name: str, page: StatusPage) -> tuple[Make, ...]:
    """The kinds that a page may be: what the team says, else by its host, else by its name, else any."""
    if page.kind:
        return (KINDS[page.kind],)
    host = urlsplit(page.url).hostname or ""
    if host in _BY_HOST:
        return _BY_HOST[host]
    return KNOWN[name].kinds if name in KNOWN else RENTED
