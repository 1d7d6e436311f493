"""The data folder of a process: the door's key, the first person's token, where things are."""

import contextlib
import json
import os
import secrets
from getpass import getuser
from pathlib import Path

from stanch.errors import ConfigError
from stanch.model.team import Person, Source, Team

_KEY_BYTES = 32
_EVERYTHING = ("responder", "approver", "admin")


class Home:
    """One folder; every secret in it is readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().absolute()

    @property
    def journal(self) -> Path:
        """Closed incidents and post-mortems."""
        return self.folder / "journal"

    def door_key(self) -> bytes:
        """The key by which gateway and worker know each other: `STANCH_DOOR_KEY`, or one made here once."""
        given = os.environ.get("STANCH_DOOR_KEY", "")
        return given.encode() if given else self._kept(self.folder / "door.key").encode()

    def has_door_key(self) -> bool:
        """True when there is a key already, given or made by another process of this folder."""
        return bool(os.environ.get("STANCH_DOOR_KEY")) or (self.folder / "door.key").exists()

    def _kept(self, path: Path) -> str:
        """What stands in a file only its owner may read; made at random the first time."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _make_whole(path, secrets.token_urlsafe(_KEY_BYTES))
        kept = path.read_text(encoding="utf-8").strip()
        if not kept:
            raise ConfigError(f"{path} is empty: remove it, and start again what works with this folder")
        return kept

    def completed(self, team: Team) -> Team:
        """The team with what it has not written itself: one person with a token, and one for its alerts."""
        people, sources = dict(team.people), dict(team.sources)
        if not any(person.token for person in people.values()):
            name = "".join(char for char in getuser() if char.isalnum()) or "me"
            self._kept(self.folder / "tokens" / name)
            known = people.get(name, Person(roles=_EVERYTHING))
            people[name] = known.model_copy(update={"token": f"file:{self.folder / 'tokens' / name}"})
        if not sources:
            path = self.folder / "tokens" / "source-alertmanager"
            self._kept(path)
            sources["alertmanager"] = Source(token=f"file:{path}")
        return team.model_copy(update={"people": people, "sources": sources})

    def announce(self, url: str) -> None:
        """Where the gateway answers, for the command line."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.folder / "gateway.json").write_text(
            json.dumps({"url": url, "pid": os.getpid()}), encoding="utf-8"
        )

    def withdraw(self) -> None:
        """The gateway is gone; where another one of this folder has announced itself, that one stays."""
        path = self.folder / "gateway.json"
        with contextlib.suppress(OSError, ValueError):
            if json.loads(path.read_text(encoding="utf-8")).get("pid") == os.getpid():
                path.unlink()


def _make_whole(path: Path, text: str) -> None:
    """The file with its text, at once: processes that start together all read what the first has made."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600, exist_ok=False)
    draft.write_text(text, encoding="utf-8")
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
