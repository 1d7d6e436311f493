"""Stores that are reached by a connection string: one for each, named in stanch.yaml, secret as a whole.

providers:
  postgres:
    databases:
      shop: {url: env:SHOP_DATABASE_URL}
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from activities.integration import Surroundings
from stanch.errors import ConfigError
from stanch.model.change import Target
from stanch.model.team import Provider
from stanch.secrets import Redactor

_REFERENCES = ("env:", "file:")


@dataclass(frozen=True)
class NamedUrls:
    """The connection strings of one provider, each read when it is needed."""

    provider: str
    group: str
    """The field of the provider under which they are named."""
    schemes: tuple[str, ...]
    around: Surroundings

    def of(self, name: str) -> str:
        """One of them; from here on neither it nor its password is shown anywhere."""
        reference = reference_in(self.around.settings, self.group, name)
        place = f"providers.{self.provider}.{self.group}.{name}.url"
        if reference is None:
            raise ConfigError(
                f"{place} is missing in stanch.yaml; write {self.group}: {{{name}: {{url: env:NAME}}}}"
            )
        url = self.around.redactor.read(reference)
        if urlsplit(url).scheme not in self.schemes:
            raise ConfigError(
                f"{place} is no connection string: {reference} has to begin with {self.schemes[0]}://"
            )
        _hide_passwords(url, self.around.redactor)
        return url


def reference_in(settings: Provider, group: str, name: str) -> str | None:
    """Where the connection string of that name is kept; None where none is, or it stands there itself."""
    named = settings.fields.get(group)
    one = named.get(name) if isinstance(named, dict) else None
    reference = one.get("url") if isinstance(one, dict) else None
    return reference if isinstance(reference, str) and reference.startswith(_REFERENCES) else None


def references(group: str) -> Callable[[Provider, Target], str | None]:
    """Which reference a target's credential is."""
    return lambda settings, target: reference_in(settings, group, target.name)


def host_and_port(address: str, otherwise: int) -> tuple[str, int]:
    """Where `http://HOST:PORT/...` leads."""
    there = urlsplit(address)
    return there.hostname or "localhost", there.port or otherwise


def _hide_passwords(url: str, redactor: Redactor) -> None:
    there = urlsplit(url)
    written = [there.netloc.rpartition("@")[0].partition(":")[2]]
    written += [value for key, value in parse_qsl(there.query) if "pass" in key]
    for password in written:
        redactor.hide(password)
        redactor.hide(unquote(password))
