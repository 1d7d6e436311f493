"""What may stop a command, and the exit code by which a script knows it."""

from enum import IntEnum

from stanch.errors import ConfigError, StanchError


class ExitCode(IntEnum):
    """How a command ended."""

    OK = 0
    REFUSED = 1
    """Refused, or there is no such thing."""
    MISUSED = 2
    """The command line or the set-up is wrong."""
    OUT_OF_REACH = 3
    """Nothing answers, or what is behind it does not."""
    INTERRUPTED = 130


class CommandError(StanchError):
    """Refused, or not found; `code` is the word that a script compares."""

    exit_code = ExitCode.REFUSED

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Misuse(CommandError):
    """The command line or the set-up is wrong; the message says how to mend it."""

    exit_code = ExitCode.MISUSED

    def __init__(self, text: str, code: str = "usage") -> None:
        super().__init__(code, text)


class OutOfReach(CommandError):
    """Nothing answers; the message says what to start or to look at."""

    exit_code = ExitCode.OUT_OF_REACH


def failure_of(error: StanchError) -> CommandError:
    """Any error of ours as what the command line says of it."""
    match error:
        case CommandError():
            return error
        case ConfigError():
            return Misuse(str(error), code="config")
        case _:
            return CommandError("refused", str(error))
