"""Every command by name: where it is, what it does, how it is used. None is imported before it is called."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CliCommand:
    """One row of `stanch --help`; `at` is `module:function`, a function whose signature Typer reads."""

    name: str
    at: str
    says: str
    example: str = ""
    """A whole command line; empty where the function's own text has one."""
    talks: bool = True
    """It talks to a gateway, and so has --url, --data and --json."""
    word: str = ""
    """What it says to an incident, where only a note goes with that: of this its function is made."""
    told: str = ""


def _word(name: str, word: str, says: str, example: str, told: str) -> CliCommand:
    return CliCommand(name, "stanch.cli.incidents.say:plain", says, example, word=word, told=told)


SECTIONS: dict[str, tuple[CliCommand, ...]] = {
    "Incidents": (
        CliCommand(
            "alert",
            "stanch.cli.incidents.alert:alert",
            "Send an alert by hand.",
            'stanch alert SiteDown --service backend --summary "502 at the edge"',
        ),
        CliCommand(
            "incidents",
            "stanch.cli.incidents.list_open:incidents",
            "List incidents, open ones first.",
            "stanch incidents --open",
        ),
        CliCommand(
            "show",
            "stanch.cli.incidents.show:show",
            "Show one incident: plan, alerts, evidence, changes, timeline.",
            "stanch show 7K3QXM",
        ),
        CliCommand(
            "watch",
            "stanch.cli.incidents.watch:watch",
            "Follow one incident's timeline.",
            "stanch watch 7K3QXM",
        ),
        CliCommand(
            "oncall",
            "stanch.cli.incidents.oncall:oncall",
            "Say who is on call, until when, and who is next.",
            "stanch oncall --week",
        ),
    ),
    "Decisions": (
        CliCommand(
            "approve",
            "stanch.cli.incidents.approve:approve",
            "Approve exactly one plan.",
            "stanch approve 7K3QXM --digest 3f2a9c41d07e --lower count=2",
        ),
        CliCommand(
            "manual",
            "stanch.cli.incidents.manual:manual",
            "Print the commands a person would type instead.",
            "stanch manual 7K3QXM",
        ),
        CliCommand(
            "reject",
            "stanch.cli.incidents.approve:reject",
            "Refuse the plan that is waiting.",
            'stanch reject 7K3QXM --note "the release is not the cause"',
        ),
        _word(
            "ack",
            "acknowledge",
            "Say that you are looking at it.",
            "stanch ack",
            "Says that you are looking at it; the escalation stops climbing.",
        ),
        _word(
            "escalate",
            "escalate",
            "Ask for help.",
            'stanch escalate 7K3QXM --note "the database is read-only"',
            "Asks for help: the people whom the playbook names are told at once.",
        ),
        CliCommand(
            "severity",
            "stanch.cli.incidents.say:severity",
            "Set how grave it is.",
            "stanch severity 7K3QXM critical",
        ),
        CliCommand(
            "note",
            "stanch.cli.incidents.say:note",
            "Write a line on the timeline.",
            'stanch note 7K3QXM "the status page is updated"',
        ),
        CliCommand(
            "run",
            "stanch.cli.incidents.say:run",
            "Ask for one change by hand.",
            "stanch run 7K3QXM fly.scale --with count=4",
        ),
        CliCommand(
            "done",
            "stanch.cli.incidents.say:done",
            "Tick something that people do by hand.",
            "stanch done 7K3QXM 2",
        ),
        CliCommand(
            "open",
            "stanch.cli.incidents.ask:open_scenario",
            "Open a scenario that people may ask for.",
            "stanch open data-recovery --with from=gs://backups.example/2026-11-20",
        ),
        CliCommand(
            "do",
            "stanch.cli.incidents.ask:do",
            "Give one of the playbook's commands.",
            "stanch do quick-rollback --with app=backend",
        ),
        _word(
            "undo",
            "undo",
            "Take back what was kept.",
            "stanch undo 7K3QXM",
            "Takes back the changes of this incident that were kept, each compared with what was left there.",
        ),
        _word(
            "resolve",
            "resolve",
            "Close it as resolved; nothing is undone.",
            'stanch resolve 7K3QXM --note "the vendor has recovered"',
            "Closes it as resolved; nothing is undone.",
        ),
        _word(
            "abort",
            "abort",
            "Stop all further change, and hand over.",
            'stanch abort 7K3QXM --note "this is a drill gone wrong"',
            "Stops all further change; what is half done is finished or undone, and a person has it.",
        ),
    ),
    "Kill switch": (
        CliCommand(
            "pause",
            "stanch.cli.incidents.pause:pause",
            "Stop every further change by Stanch.",
            'stanch pause service:backend --why "migration until noon"',
        ),
        CliCommand(
            "resume",
            "stanch.cli.incidents.pause:resume",
            "Let Stanch change things again.",
            "stanch resume service:backend",
        ),
    ),
    "Playbooks": (
        CliCommand(
            "init",
            "stanch.cli.init.command:init",
            "Write a first stanch.yaml and one playbook, from what your vendors show.",
            talks=False,
        ),
        CliCommand(
            "check",
            "stanch.cli.check.command:check",
            "Check configuration, playbooks, credentials and reachability.",
            talks=False,
        ),
        CliCommand(
            "plan",
            "stanch.cli.plan.command:plan",
            "Take an alert through a playbook with real readings and no change.",
            talks=False,
        ),
        CliCommand(
            "test",
            "stanch.cli.worlds.command:play_worlds",
            "Play a playbook in its worlds, on stand-ins of the vendors.",
            talks=False,
        ),
        CliCommand(
            "render",
            "stanch.cli.render:render",
            "Write a playbook as a runbook that people follow by hand.",
            talks=False,
        ),
        CliCommand(
            "import",
            "stanch.cli.import_playbook:import_playbook",
            "Make a draft of a Markdown playbook, in shadow mode.",
            talks=False,
        ),
        CliCommand(
            "providers",
            "stanch.cli.catalogue:providers",
            "List every verb and reading that playbooks can use.",
            talks=False,
        ),
    ),
    "Processes": (
        CliCommand(
            "demo",
            "stanch.cli.processes.demo:demo",
            "A broken service, an alert, and Stanch at work.",
            talks=False,
        ),
        CliCommand(
            "up",
            "stanch.cli.processes.commands:up",
            "Run everything on this machine, Temporal too.",
            talks=False,
        ),
        CliCommand("worker", "stanch.cli.processes.commands:worker", "Run a worker.", talks=False),
        CliCommand("gateway", "stanch.cli.processes.commands:gateway", "Run a gateway.", talks=False),
        CliCommand(
            "sandbox", "stanch.cli.processes.commands:sandbox", "Run the vendors' stand-ins.", talks=False
        ),
        CliCommand("version", "stanch.cli.version:version", "Say which Stanch this is.", talks=False),
    ),
}

COMMANDS: dict[str, CliCommand] = {
    command.name: command for section in SECTIONS.values() for command in section
}
