"""Playbooks that differ only in what a test is about: everything else is as quick as it may be."""

import re

QUICK = "with: {samples: 1}, every: 30s, stays_good_for: 1m, settles_within: 1m, samples: 2"
RELEASE = "release: {uses: fly.releases}"

ROLL_BACK = "- {uses: fly.roll_back, approval: nobody}"
SCALE = "- {uses: fly.scale, with: {count: 3}, approval: nobody}"
RESTART = "- {uses: fly.restart, approval: nobody}"
ASKED_BACK = "- {uses: fly.roll_back, approval: one}"
BY_TWO = "- {uses: fly.roll_back, approval: two}"
FLAG_OF_SHOP = "- {uses: vercel.set_config, target: shop, with: {key: NEW, value: 'off'}, approval: one}"


_NAME = r"(\w+): \{uses:"


def scenario(*options: str, name: str = "site-down", alert: str = "SiteDown", **changed: str) -> str:
    """One scenario of a playbook: automatic, critical, about the backend, verified within two minutes."""
    lines = "\n".join(f"      {line}" for option in options for line in option.splitlines())
    evidence = changed.pop("evidence", RELEASE)
    fields = {
        "opens_on": f"{{alert: {alert}, service: {changed.pop('service', 'backend')}}}",
        "severity": "critical",
        "mode": "auto",
        "evidence": f"{{{evidence}}}",
        "look_at": f"[{', '.join(re.findall(_NAME, evidence))}]",
        "options": f"\n{lines}" if options else "[]",
        "verify": f"{{uses: probe, {QUICK}}}",
        "watch": "{for: 1m}",
    } | changed
    return f"  {name}:\n" + "".join(f"    {key}: {value}\n" for key, value in fields.items())


def book(*scenarios: str) -> str:
    """A whole playbook of these scenarios."""
    return "scenarios:\n" + "".join(scenarios)


def only(*options: str, **changed: str) -> str:
    """A playbook of one scenario with these options."""
    return book(scenario(*options, **changed))
