"""Config vars: many are secrets, so values stay in here; names and fingerprints are known outside."""

import re
from collections.abc import Collection, Iterator, Mapping

from activities.open_values import LONGEST, refuse_a_secret
from stanch.errors import PolicyError, Rejected
from stanch.model.base import canonical_json
from stanch.model.change import SecretRef
from stanch.policy.signing import fingerprint
from stanch.rules import Rule

_HOLDS_A_PASSWORD = re.compile(r"://[^/\s]*:[^/\s]*@")


class ConfigVars:
    """The config vars of an app or of one of its releases."""

    def __init__(self, values: Mapping[str, str | None], key: bytes) -> None:
        self._values = {name: value for name, value in values.items() if value is not None}
        self._key = key

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def value(self, name: str) -> str | None:
        """What it holds, for a comparison or a write; never for a text."""
        return self._values.get(name)

    def fingerprint(self, name: str) -> str | None:
        """What tells whether this one changed, and nothing else about it; None where it is not set."""
        return fingerprint(self._values[name], self._key) if name in self._values else None

    def reference(self, name: str, of: str) -> SecretRef | None:
        """One of them as a change carries it; `of` says where it stands."""
        found = self.fingerprint(name)
        return SecretRef(secret=f"{name} of {of}", fingerprint=found) if found else None

    def print_of_all(self, but: Collection[str] = ()) -> str:
        """One fingerprint over all of them but these."""
        rest = {name: value for name, value in self._values.items() if name not in but}
        return fingerprint(canonical_json(rest), self._key)

    def with_those_of(self, other: "ConfigVars", names: Collection[str]) -> "ConfigVars":
        """These, with a few as they are in the other."""
        mixed = {name: (other if name in names else self).value(name) for name in {*self, *other}}
        return ConfigVars({name: value for name, value in mixed.items() if value is not None}, self._key)

    def differing(self, other: "ConfigVars", but: Collection[str] = ()) -> list[str]:
        """The names whose values differ, or that only one of the two has."""
        names = {*self, *other} - set(but)
        return sorted(name for name in names if self.value(name) != other.value(name))

    def refuse_other(self, ran: "ConfigVars", names: Collection[str], version: int) -> None:
        """Raise where the release that runs does not hold what stands here: nobody could put it back."""
        other = [name for name in names if self.value(name) != ran.value(name)]
        if other:
            raise PolicyError(
                Rule.NO_WAY_BACK, f"what {', '.join(other)} holds now never ran: it is not in v{version}"
            )

    def flag(self, name: str) -> str | None:
        """The value of one that everybody may see; refuses what looks like a secret."""
        refuse_a_secret(name, "heroku.set_secret")
        value = self._values.get(name)
        if value is not None and (len(value) > LONGEST or _HOLDS_A_PASSWORD.search(value)):
            raise PolicyError(Rule.HOLDS_A_SECRET, f"what {name} holds now is no flag that all may see")
        return value

    def exact(self, wanted: Mapping[str, str | None]) -> dict[str, str | None]:
        """The values behind these fingerprints, for a write; refuses where one is another by now."""
        other = [name for name, mark in wanted.items() if self.fingerprint(name) != mark]
        if other:
            raise Rejected(
                "heroku", f"{', '.join(other)} is no longer what was approved: plan anew, ask anew"
            )
        return {name: self._values.get(name) for name in wanted}
