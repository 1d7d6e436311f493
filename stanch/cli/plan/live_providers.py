"""The real providers for a command without a worker: connected when first needed, only ever asked."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from activities.contract import Reader, Verb
from activities.integration import Integration, Surroundings
from activities.registry import integrations
from stanch.model.team import Team
from stanch.policy.signing import Keyring
from stanch.secrets import Redactor
from workers.home import Home
from workers.wiring import Setting, surroundings


def around(team: Team, data: Path, redactor: Redactor) -> Callable[[str], Surroundings]:
    """What an integration of this name is connected with, as by a worker of this data folder."""
    setting = Setting(team, Home(data).journal, _keys(data, redactor), redactor)
    return lambda name: surroundings(name, setting)


def _keys(data: Path, redactor: Redactor) -> Keyring:
    """The keys of the processes here, so that digests are theirs; none is made where there is none."""
    home = Home(data)
    if not home.has_door_key():
        return Keyring(b"")
    keys = home.keys()
    for key in keys.secrets:
        redactor.hide(key.decode())
    return keys


class Cast:
    """Verbs and readings by name, each over its integration's one connection."""

    def __init__(self, connect: Callable[[str], Surroundings]) -> None:
        self._around = connect
        self._integrations = {integration.name: integration for integration in integrations()}
        self._outside: dict[str, Any] = {}

    def reader(self, uses: str) -> Reader[Any]:
        """A reading; raises `ConfigError` where its integration cannot be connected."""
        integration = self._integrations[uses.partition(".")[0]]
        kind = next(reader for reader in integration.readings if reader.spec.name == uses)
        return kind(self._connected(integration))

    def verb(self, uses: str) -> Verb[Any]:
        """A verb, to be planned with; raises `ConfigError` where its integration cannot be connected."""
        integration = self._integrations[uses.partition(".")[0]]
        kind = next(verb for verb in integration.verbs if verb.spec.name == uses)
        return kind(self._connected(integration))

    def clean(self, text: str) -> str:
        """Without any secret that was read for a connection."""
        return self._around("").redactor.clean(text)

    def _connected(self, integration: Integration) -> Any:
        if integration.name not in self._outside:
            self._outside[integration.name] = integration.connect(self._around(integration.name))
        return self._outside[integration.name]
