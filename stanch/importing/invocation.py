"""One command as its program understands it: names in their order, and options by their names."""

import re
from dataclasses import dataclass
from functools import cached_property

from stanch.importing.shell import TypedCommand

_TAKES_VALUE = {
    *(
        "-a",
        "-c",
        "-d",
        "-e",
        "-H",
        "-h",
        "-n",
        "-o",
        "-p",
        "-r",
        "-t",
        "-u",
        "-U",
        "-w",
        "-X",
        "-f",
        "-s",
        "-m",
    ),
    *("--app", "--project", "--only", "--env", "--region", "--cluster", "--service", "--services", "--name"),
    *("--task-definition", "--desired-count", "--namespace", "--format", "--header", "--request", "--data"),
    *(
        "--context",
        "--profile",
        "--org",
        "--var",
        "--log-group-name",
        "--filter-pattern",
        "--max-connections",
    ),
    *(
        "--origin-connection-limit",
        "--memory",
        "--min-instances",
        "--max-instances",
        "--to-revisions",
        "--tag",
    ),
    *("--db-instance-identifier", "--distribution-id", "--paths", "--vm-size", "--vm-memory", "--group-ids"),
    *(
        "--cache-cluster-id",
        "--binding",
        "--namespace-id",
        "--max-time",
        "--connect-timeout",
        "--user",
        "--limit",
    ),
    *("--image", "--url", "--command", "--dbname", "--host", "--port", "--username", "--tail", "--replicas"),
    *("--process-type", "--dyno-name", "--type", "--data-raw", "--json", "--output", "--since", "--site"),
    *("--alarm-names", "--retry", "--data-binary", "--scope", "--config", "--pattern", "--source"),
    *("--metric-name", "--dimensions", "--statistics", "--period", "--start-time", "--end-time", "--query"),
    *("-g", "--process-group"),
    *("--scale", "--freshness", "--alarm-name-prefix", "--desired-status", "--state-value", "--message"),
}
_FLAGS_OF = {
    "curl": {"-a", "-c", "-f", "-h", "-n", "-p", "-r", "-s", "-t", "-U", "-e"},
    "grep": {"-a", "-c", "-H", "-h", "-n", "-o", "-p", "-r", "-s", "-t", "-u", "-U", "-w", "-X", "-d"},
    "tail": {"-f", "-F"},
    "fly": {"-h", "-d", "-f", "-s", "-e", "-n"},
    "redis-cli": {"-c"},
    "git": {"-a", "-p", "-f", "-d", "-s", "-u", "-t"},
    "vercel": {"-f", "-p"},
    "wrangler": {"-h"},
    "heroku": {"-h", "-e", "-t", "--tail"},
}
"""Options that take no value with these programs, although they do with most."""
_FIRST_LETTERS = re.compile(r"-[A-Za-z]{2,}")
_IS_PLACEHOLDER = re.compile(
    r"<[A-Za-z][^<>]*>|\[[A-Za-z][\w /-]{2,}\]|\{\{.*?\}\}|\{[a-z][\w -]*\}|\.\.\.|…|XXX"
    r"|\b(?:YOUR|MY)[_-]\w+|\b[A-Z]+_ID\b",
)


@dataclass(frozen=True)
class Invocation:
    """A program and what it is given."""

    command: TypedCommand

    @property
    def program(self) -> str:
        """Its name, without a folder."""
        words = self.command.words
        name = words[0] if words else ""
        return {"flyctl": "fly", "ntl": "netlify", "egrep": "grep", "zgrep": "grep"}.get(name, name)

    @cached_property
    def _parsed(self) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
        names, options = list[str](), dict[str, tuple[str, ...]]()
        words = list(self.command.words[1:])
        while words:
            word = words.pop(0)
            if not word.startswith("-") or word in ("-", "--"):
                names.append(word)
                continue
            option, equals, value = word.partition("=")
            if not equals and words and self._takes_value(option):
                value = words.pop(0)
            options[option] = (*options.get(option, ()), value)
        return tuple(name for name in names if name != "--"), options

    def _takes_value(self, option: str) -> bool:
        bare = _FLAGS_OF.get(self.program, set())
        if _FIRST_LETTERS.fullmatch(option):
            return self.program == "curl" and f"-{option[-1]}" in _TAKES_VALUE - bare
        return option in _TAKES_VALUE and option not in bare

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that is no option."""
        return self._parsed[0]

    def has(self, *options: str) -> bool:
        """True when any of these options is given."""
        return any(option in self._parsed[1] for option in options)

    def option(self, *names: str) -> str:
        """The value of the first of these options that is given; empty where none is."""
        return next(iter(self.options(*names)), "")

    def options(self, *names: str) -> tuple[str, ...]:
        """Every value of these options."""
        return tuple(value for name in names for value in self._parsed[1].get(name, ()))

    def flags(self, letters: str) -> bool:
        """True when one of these letters is given, alone or among others."""
        given = (word for word in self.command.words[1:] if re.fullmatch(r"-[A-Za-z]+", word))
        return any(letter in word for word in given for letter in letters)


def is_placeholder(text: str) -> bool:
    """True where something has to be filled in: `<app>`, `[bucket]`, `YOUR_ID`."""
    return _IS_PLACEHOLDER.search(text) is not None
