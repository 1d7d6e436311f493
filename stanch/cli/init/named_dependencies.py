"""What names of variables tell: on whom an app depends, and what it keeps its data in."""

import re
from collections.abc import Iterable

_VENDORS = {
    "stripe": r"STRIPE_",
    "openai": r"OPENAI_",
    "clerk": r"(?:NEXT_PUBLIC_)?CLERK_",
    "supabase": r"(?:NEXT_PUBLIC_|VITE_)?SUPABASE_",
    "sendgrid": r"SENDGRID_",
    "twilio": r"TWILIO_",
    "neon": r"NEON_",
    "upstash": r"UPSTASH_",
    "firebase": r"(?:NEXT_PUBLIC_|VITE_)?FIREBASE_",
}
"""Status pages that are known by name, and how variables of their vendors begin.

Not those that only watch: while an error tracker is down the app is well, and nothing should be held up.
"""
_STORES = {
    "database": re.compile(r"(?:DATABASE|POSTGRES|POSTGRESQL|PG|MYSQL|MONGO|MONGODB)_(?:URL|URI|DSN|HOST)"),
    "cache": re.compile(r"(?:REDIS|REDIS_TLS|VALKEY|CACHE|MEMCACHED)_(?:URL|URI|HOST)"),
}


def vendors_behind(names: Iterable[str]) -> dict[str, list[str]]:
    """Status pages of whom the app depends on, each with the names that tell so."""
    listed = sorted(names)
    found = {page: [name for name in listed if re.match(begins, name)] for page, begins in _VENDORS.items()}
    return {page: told for page, told in found.items() if told}


def stores_behind(names: Iterable[str]) -> dict[str, list[str]]:
    """Databases and caches, by what a playbook calls them, each with the names that lead to it."""
    listed = sorted(names)
    found = {role: [name for name in listed if looks.fullmatch(name)] for role, looks in _STORES.items()}
    return {role: told for role, told in found.items() if told}
