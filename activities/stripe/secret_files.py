"""Where a secret that Stripe shows only once is put: the file of one of the team's named secrets.

It goes from Stripe's answer into that file and nowhere else: not into a change, a history, a log or an error.
"""

import os
from pathlib import Path

from activities.integration import Surroundings
from stanch.errors import ConfigError

_FILE = "file:"
_OWNER_ONLY = 0o600


class SecretFiles:
    """The files behind `secrets: {NAME: file:PATH}`, as far as a change may write them."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def is_empty(self, name: str) -> bool:
        """True when nothing is kept there yet."""
        path = self._path(name)
        try:
            return not path.exists() or not path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigError(f"{_FILE}{path} of secrets.{name} cannot be read: {error.strerror}") from error

    def check(self, name: str) -> None:
        """Raise where no file could be written."""
        folder = self._path(name).parent
        if not (folder.is_dir() and os.access(folder, os.W_OK)):
            raise ConfigError(
                f"secrets.{name} cannot be written: {folder} is no folder that Stanch may write to"
            )

    def keep(self, name: str, value: str) -> None:
        """The secret is there, whole, for this user only; or nothing is."""
        path = self._path(name)
        draft = path.with_name(f".{path.name}.stanch")
        try:
            draft.unlink(missing_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w") as file:
                file.write(value)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as error:
            raise ConfigError(
                f"{_FILE}{path} of secrets.{name} cannot be written: {error.strerror}"
            ) from error

    def forget(self, name: str) -> None:
        """The file is gone."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        reference = self._around.references.get(name)
        if reference is None:
            raise ConfigError(f"secrets.{name} is missing in stanch.yaml; write {name}: file:PATH")
        if not reference.startswith(_FILE):
            raise ConfigError(
                f"secrets.{name} is {reference}: a new secret is only ever written to file:PATH"
            )
        return Path(reference.removeprefix(_FILE))
