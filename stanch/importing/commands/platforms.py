"""What is typed at Fly.io and Heroku."""

import re

from stanch.importing.commands.log_lines import lines_of
from stanch.importing.invocation import Invocation, is_placeholder
from stanch.importing.meaning import (
    CommandMeaning,
    KnownCommand,
    MeaningKind,
    Reads,
    ServicePlace,
    at,
    does,
    looks,
    manual,
    stays,
)

ONE_AT_A_TIME = "one at a time, and only where it runs"
_NO_SUCH = "there is no such command; the earlier release is looked up"
_LOOKED_UP = "the earlier release is looked up; at Heroku config vars go back with it"
_WITHIN = "within the limits of the service; whether anything restarts is said before"
_IN_HISTORY = "the value would stand in the shell's history; it is a named secret"
_WEBHOOK = re.compile(r"webhook|signing", re.IGNORECASE)
_ASSIGNED = re.compile(r"(?P<key>[A-Za-z_]\w*)=(?P<value>.*)", re.DOTALL)
_COUNT = re.compile(r"(?:(?:web|app)=)?(?P<count>\+?\d+)(?::(?P<size>[\w-]+))?")
_SIZE = re.compile(r"(?:(?:web|app)=)?(?P<size>[A-Za-z][\w.-]*)")
_OF_A_PART = ("--process-group", "-g", "--region", "-r", "--vm-memory", "--memory")
_OF_A_DYNO = ("--process-type", "--dyno-name", "-p", "-d")
_SAID = "what visitors see is said before"
_ANY_KEY = {"KEY", "NAME", "VAR", "VARIABLE", "SECRET", "SECRET_NAME", "KEY_NAME"}
_MOST = 50


def _fly(reads: Reads) -> Reads:
    return at(lambda typed: _named("fly", typed.option("--app", "-a") or _app_within(typed)), reads)


def _app_within(typed: Invocation) -> str:
    """The app of a list in `$(…)`."""
    found = re.search(r"\$\(.*(?:--app|-a)[ =](?P<app>[\w-]+)", " ".join(typed.names))
    return found["app"] if found else ""


def _heroku(reads: Reads) -> Reads:
    return at(lambda typed: _named("heroku", typed.option("--app", "-a")), reads)


def _named(provider: str, app: str) -> ServicePlace | None:
    if not app or is_placeholder(app) or "$" in app:
        return None
    return ServicePlace(provider, app, {"app": app})


def secret_set(typed: Invocation) -> CommandMeaning | None:
    """`fly secrets set KEY=value`: the name of one secret; never its value."""
    keys = [found["key"] for word in typed.names if (found := _ASSIGNED.fullmatch(word))]
    if len(keys) != 1 or keys[0] in _ANY_KEY:
        return None
    uses, approval = ("set_webhook_secret", "two") if _WEBHOOK.search(keys[0]) else ("set_secret", "one")
    arguments = {"key": keys[0], "value": {"secret": keys[0]}}
    return CommandMeaning(MeaningKind.VERB, uses, arguments, because=_IN_HISTORY, approval=approval)


def _variable(typed: Invocation) -> CommandMeaning | None:
    """Variables and secrets are one thing at Heroku: only a name tells which it is."""
    found = secret_set(typed)
    key = str(found.arguments["key"]) if found else ""
    return found if re.search(r"KEY|SECRET|TOKEN|PASSWORD|_URL$", key) else None


def _count(after: int) -> Reads:
    """`fly scale count 3`, `heroku ps:scale web=3:standard-2x`: one number, of the service as a whole."""

    def read(typed: Invocation) -> CommandMeaning | None:
        written = typed.names[after:]
        found = _COUNT.fullmatch(written[0]) if len(written) == 1 and not typed.has(*_OF_A_PART) else None
        if found is None:
            return None
        if found["count"] == "0":
            return manual("no copy at all is an outage")
        if int(found["count"]) > _MOST:
            return None
        size = {"size": found["size"]} if found["size"] else {}
        count = found["count"] if found["count"].startswith("+") else int(found["count"])
        return CommandMeaning(MeaningKind.VERB, "scale", {"count": count, **size}, because=_WITHIN)

    return read


def _size(after: int) -> Reads:
    """The size of the service as a whole."""

    def read(typed: Invocation) -> CommandMeaning | None:
        written = typed.names[after:]
        found = _SIZE.fullmatch(written[0]) if len(written) == 1 and not typed.has(*_OF_A_PART) else None
        if found is None:
            return None
        return CommandMeaning(MeaningKind.VERB, "scale", {"size": found["size"]}, because=_WITHIN)

    return read


def _restarts(typed: Invocation) -> CommandMeaning | None:
    """All of Heroku's web dynos; those of another process are not the service's."""
    if not all(name.startswith("web") for name in (*typed.names[1:], *typed.options(*_OF_A_DYNO))):
        return manual("it restarts another process than web")
    return does("restart", ONE_AT_A_TIME)(typed)


def _runs(typed: Invocation) -> CommandMeaning | None:
    """A command in a copy of its own, if it is one that ends."""
    words = typed.command.words[2:]
    own = [word for index, word in enumerate(words) if not _is_of_heroku(words, index)]
    command = " ".join(own)
    if (
        not own
        or own[0] in ("bash", "sh", "console", "rails", "python", "node")
        or is_placeholder(command)
        or "$" in command
    ):
        return None
    why = "in a copy of its own, of the release that runs"
    return CommandMeaning(MeaningKind.VERB, "run", {"command": command}, because=why, approval="two")


def _is_of_heroku(words: tuple[str, ...], index: int) -> bool:
    options = ("-a", "--app")
    given = words[index] == "--" or words[index].startswith(("-a", "--app"))
    return given or (index > 0 and words[index - 1] in options)


def _logs(typed: Invocation) -> CommandMeaning | None:
    return lines_of(typed.command.pipe)


KNOWN = (
    KnownCommand("fly releases rollback", _fly(does("roll_back", _NO_SUCH))),
    KnownCommand("fly releases", _fly(looks("releases"))),
    KnownCommand("fly status", _fly(looks("status"))),
    KnownCommand("fly machine list", _fly(looks("status"))),
    KnownCommand("fly machines list", _fly(looks("status"))),
    KnownCommand("fly checks list", _fly(looks("status"))),
    KnownCommand("fly scale show", _fly(looks("status"))),
    KnownCommand("fly scale count", _fly(_count(2))),
    KnownCommand("fly scale vm", _fly(_size(2))),
    KnownCommand("fly logs", _fly(_logs)),
    KnownCommand("fly secrets list", _fly(looks("secrets"))),
    KnownCommand("fly secrets set", _fly(secret_set)),
    KnownCommand("fly machine restart", _fly(does("restart", ONE_AT_A_TIME))),
    KnownCommand("fly machines restart", _fly(does("restart", ONE_AT_A_TIME))),
    KnownCommand("fly apps restart", _fly(does("restart", ONE_AT_A_TIME))),
    KnownCommand("fly restart", _fly(does("restart", ONE_AT_A_TIME))),
    KnownCommand("heroku logs", _heroku(_logs)),
    KnownCommand("heroku releases:rollback", _heroku(does("roll_back", _LOOKED_UP))),
    KnownCommand("heroku rollback", _heroku(does("roll_back", _LOOKED_UP))),
    KnownCommand("heroku releases:output", _heroku(looks("release_output"))),
    KnownCommand("heroku releases", _heroku(looks("releases"))),
    KnownCommand("heroku releases:info", _heroku(looks("releases"))),
    KnownCommand("heroku ps:restart", _heroku(_restarts)),
    KnownCommand("heroku dyno:restart", _heroku(_restarts)),
    KnownCommand("heroku restart", _heroku(_restarts)),
    KnownCommand("heroku ps:scale", _heroku(_count(1))),
    KnownCommand("heroku ps:type", _heroku(_size(1))),
    KnownCommand("heroku ps:resize", _heroku(_size(1))),
    KnownCommand("heroku ps", _heroku(looks("status"))),
    KnownCommand("heroku pg:info", looks("status", "database")),
    KnownCommand("heroku pg:diagnose", looks("status", "database")),
    KnownCommand("heroku pg:ps", looks("postgres.queries")),
    KnownCommand("heroku pg:killall", stays("it ends every query, not only those that hang")),
    KnownCommand("heroku redis:info", looks("status", "cache")),
    KnownCommand("heroku config", _heroku(looks("secrets"))),
    KnownCommand("heroku config:get", _heroku(looks("secrets"))),
    KnownCommand("heroku config:set", _heroku(_variable)),
    KnownCommand("heroku maintenance:on", _heroku(does("heroku.maintenance", _SAID, on=True))),
    KnownCommand("heroku maintenance:off", _heroku(does("heroku.maintenance", _SAID, on=False))),
    KnownCommand("heroku run", _heroku(_runs)),
)
