"""What is typed where the code is: git, migrations."""

import re

from stanch.importing.invocation import Invocation, is_placeholder
from stanch.importing.meaning import CommandMeaning, KnownCommand, MeaningKind, looks

SLOW = "a revert is slow, and fails on a merge or a protected branch: the deployment goes back first"
_WHERE_IT_IS = "it must run where the database is"
_MIGRATES_BACK = re.compile(
    r"(?:npm|pnpm|yarn|npx|bun)\b.*\b(?:migrat\w*|db|knex|sequelize)\S*[: ](?:rollback|undo|down|revert)\b.*"
    r"|(?:bundle exec )?(?:rake|rails) db:rollback\b.*|(?:poetry run )?alembic downgrade\b.*"
    r"|(?:bin/|\./)?(?:rake|rails) db:rollback\b.*"
)


def _revert(typed: Invocation) -> CommandMeaning | None:
    """The last commit, or one to be filled in: a commit by its name may be any."""
    which = typed.names[1:]
    if typed.has("--abort", "--continue", "--quit", "--skip"):
        return None
    if not which or any(name != "HEAD" and not is_placeholder(name) for name in which):
        return None
    then = CommandMeaning(MeaningKind.VERB, "github.revert", {"commit": "${release.commit}"})
    return CommandMeaning(MeaningKind.VERB, "roll_back", because=SLOW, then=then)


def migrates_back(typed: Invocation) -> CommandMeaning | None:
    """`npm run migrate:rollback` and its like, in a copy of their own."""
    command = " ".join(typed.command.words)
    if not _MIGRATES_BACK.fullmatch(command) or is_placeholder(command) or "$" in command:
        return None
    if typed.command.pipe:
        return None
    return CommandMeaning(MeaningKind.VERB, "run", {"command": command}, because=_WHERE_IT_IS, approval="two")


KNOWN = (
    KnownCommand("git log", looks("github.commits")),
    KnownCommand("git revert", _revert),
    *(
        KnownCommand(program, migrates_back)
        for program in ("npm", "pnpm", "yarn", "npx", "bun", "bundle", "rake", "rails", "poetry", "alembic")
    ),
)
