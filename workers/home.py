"""The data folder of a process: the door's key, the first person's token, where things are."""

import contextlib
import json
import os
import secrets
import shutil
import stat
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING

from stanch.errors import ConfigError
from stanch.model.secret import REFERENCES
from stanch.model.team import Person, Source, Team
from stanch.policy.signing import Keyring
from stanch.secrets import Redactor

if TYPE_CHECKING:
    from stanch.store import Address

_KEY_BYTES = 32
_OTHERS = 0o077
_OURS = ("*.db*", "*.json", "*.key", "*.log", "*.lock", "journal", "journal/*", "tokens", "tokens/*")
_EVERYTHING = ("responder", "approver", "admin")


class Home:
    """One folder; every secret in it is readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().absolute()

    @property
    def journal(self) -> Path:
        """Closed incidents and post-mortems."""
        return self.folder / "journal"

    def store(self, redactor: Redactor) -> "Address":
        """Where guards and pauses are: `STANCH_STORE`, itself or a reference to it, or a file here."""
        from stanch.store import Address  # noqa: PLC0415 - a worker of one vendor does without

        given = os.environ.get("STANCH_STORE", "")
        if not given:
            return Address.of_file(self.folder / "stanch.db")
        address = Address.of_url(redactor.read(given) if given.startswith(REFERENCES) else given)
        redactor.hide(address.secret)
        return address

    def close_to_others(self) -> list[Path]:
        """The folder and what is in it are its owner's alone; those that were not."""
        os.umask(0o077)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.folder.stat().st_mode & stat.S_ISVTX:
            raise ConfigError(f"{self.folder} is everybody's: name a folder of its own with --data")
        inside = [path for name in _OURS for path in self.folder.glob(name) if not path.is_symlink()]
        return [path for path in (self.folder, *inside) if _closed(path)]

    def keys(self) -> Keyring:
        """By which gateway and worker know each other: `STANCH_DOOR_KEY`, or one made here once.

        Several are told apart by spaces or lines: the first signs, the others verify what they have signed.
        """
        given = os.environ.get("STANCH_DOOR_KEY", "").strip()
        return Keyring.of(given or self._kept(self.folder / "door.key"))

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


LEAST_ROOM = 500 * 1024 * 1024
_MEGABYTE = 1024 * 1024


def little_room(folder: Path, least: int = LEAST_ROOM) -> tuple[str, ...]:
    """What there is to say of a folder's disk; nothing while there is room, or no folder yet."""
    # A full disk stops everything and says nothing, so it is said before.
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return ()
    if free >= least:
        return ()
    left = free // _MEGABYTE
    return (f"the disk of {folder} has {left} MB left: make room, or Temporal and the journal cannot write",)


def _closed(path: Path) -> bool:
    """True where others had a way in until now."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if not mode & _OTHERS:
        return False
    try:
        path.chmod(mode & ~_OTHERS)
    except PermissionError as error:
        raise ConfigError(
            f"others can read {path}, and it belongs to somebody else: chmod it, or chown"
        ) from error
    return True


def _make_whole(path: Path, text: str) -> None:
    """The file with its text, at once: processes that start together all read what the first has made."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600, exist_ok=False)
    draft.write_text(text, encoding="utf-8")
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
