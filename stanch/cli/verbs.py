"""Every command by name: where it is, what it does, how it is used. None is imported before it is called."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Verb:
    """One row of `stanch --help`; `at` is `module:function`, a function whose signature Typer reads."""

    name: str
    at: str
    says: str
    example: str = ""
    """A whole command line; empty where the function's own text has one."""
    talks: bool = True
    """It talks to a gateway, and so has --url, --data and --json."""


SECTIONS: dict[str, tuple[Verb, ...]] = {
    "Incidents": (
        Verb(
            "alert",
            "stanch.cli.alerting:alert",
            "Send an alert by hand.",
            'stanch alert SiteDown --service backend --summary "502 at the edge"',
        ),
        Verb(
            "incidents",
            "stanch.cli.listing:incidents",
            "List incidents, open ones first.",
            "stanch incidents --open",
        ),
        Verb(
            "show",
            "stanch.cli.card:show",
            "Show one incident: plan, alerts, evidence, changes, timeline.",
            "stanch show 7K3QXM",
        ),
        Verb(
            "watch",
            "stanch.cli.watching:watch",
            "Follow one incident's timeline.",
            "stanch watch 7K3QXM",
        ),
    ),
    "Decisions": (
        Verb(
            "approve",
            "stanch.cli.approving:approve",
            "Approve exactly one plan.",
            "stanch approve 7K3QXM --digest 3f2a9c41d07e --lower count=2",
        ),
        Verb(
            "manual",
            "stanch.cli.by_hand:manual",
            "Print the commands a person would type instead.",
            "stanch manual 7K3QXM",
        ),
        Verb(
            "reject",
            "stanch.cli.approving:reject",
            "Refuse the plan that is waiting.",
            'stanch reject 7K3QXM --note "the release is not the cause"',
        ),
        Verb("ack", "stanch.cli.words:ack", "Say that you are looking at it.", "stanch ack"),
        Verb(
            "escalate",
            "stanch.cli.words:escalate",
            "Ask for help.",
            'stanch escalate 7K3QXM --note "the database is read-only"',
        ),
        Verb(
            "severity",
            "stanch.cli.words:severity",
            "Set how grave it is.",
            "stanch severity 7K3QXM critical",
        ),
        Verb(
            "note",
            "stanch.cli.words:note",
            "Write a line on the timeline.",
            'stanch note 7K3QXM "the status page is updated"',
        ),
        Verb(
            "run",
            "stanch.cli.words:run",
            "Ask for one change by hand.",
            "stanch run 7K3QXM fly.scale --with count=4",
        ),
        Verb(
            "undo",
            "stanch.cli.words:undo",
            "Take back what was kept.",
            "stanch undo 7K3QXM",
        ),
        Verb(
            "resolve",
            "stanch.cli.words:resolve",
            "Close it as resolved; nothing is undone.",
            'stanch resolve 7K3QXM --note "the vendor has recovered"',
        ),
        Verb(
            "abort",
            "stanch.cli.words:abort",
            "Stop all further change, and hand over.",
            'stanch abort 7K3QXM --note "this is a drill gone wrong"',
        ),
    ),
    "Kill switch": (
        Verb(
            "pause",
            "stanch.cli.pausing:pause",
            "Stop every further change by Stanch.",
            'stanch pause service:backend --why "migration until noon"',
        ),
        Verb(
            "resume",
            "stanch.cli.pausing:resume",
            "Let Stanch change things again.",
            "stanch resume service:backend",
        ),
    ),
    "Playbooks": (
        Verb(
            "check",
            "stanch.cli.planning:check",
            "Check configuration, playbooks, credentials and reachability.",
            talks=False,
        ),
        Verb(
            "plan",
            "stanch.cli.planning:plan",
            "Take an alert through a playbook with real readings and no change.",
            talks=False,
        ),
        Verb(
            "providers",
            "stanch.cli.catalogue:providers",
            "List every verb and reading that playbooks can use.",
            talks=False,
        ),
    ),
    "Processes": (
        Verb("demo", "stanch.cli.demo:demo", "A broken service, an alert, and Stanch at work.", talks=False),
        Verb("up", "stanch.cli.processes:up", "Run everything on this machine, Temporal too.", talks=False),
        Verb("worker", "stanch.cli.processes:worker", "Run a worker.", talks=False),
        Verb("gateway", "stanch.cli.processes:gateway", "Run a gateway.", talks=False),
        Verb("sandbox", "stanch.cli.processes:sandbox", "Run the vendors' stand-ins.", talks=False),
        Verb("version", "stanch.cli.version:version", "Say which Stanch this is.", talks=False),
    ),
}

VERBS: dict[str, Verb] = {verb.name: verb for section in SECTIONS.values() for verb in section}
