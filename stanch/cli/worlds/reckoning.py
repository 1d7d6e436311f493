"""The changes that no world noticed, held against what is explained beside the worlds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stanch.cli.worlds.mutations import Mutation
from stanch.cli.worlds.trials import Trial
from stanch.errors import ConfigError
from stanch.playbooks.problems import instead_of
from stanch.playbooks.unnoticed import NAME, Changed, HowChanged, Unnoticed, explained_in

_Key = tuple[str, Changed, str, HowChanged]


@dataclass(frozen=True)
class Reckoning:
    """Every change that was tried, by what is to be said of it."""

    tried: int
    unexplained: tuple[Mutation, ...]
    """No world notices it, and nothing says why."""
    explained: tuple[tuple[Mutation, str], ...]
    """No world notices it, with the reason."""
    outdated: tuple[tuple[Mutation, str], ...]
    """It is explained, and the world notices it all the same."""
    in_doubt: tuple[tuple[Mutation, str], ...]
    """Nothing can be said of it, with why."""

    @property
    def to_mend(self) -> int:
        """How many are not as they have to be."""
        return len(self.unexplained) + len(self.outdated) + len(self.in_doubt)

    @property
    def document(self) -> Mapping[str, object]:
        """For machines."""
        return {
            "changed": self.tried,
            "unexplained": [mutation.document for mutation in self.unexplained],
            "explained": [{**one.document, "because": because} for one, because in self.explained],
            "noticed_though_explained": [{**one.document, "by": world} for one, world in self.outdated],
            "in_doubt": [{**one.document, "because": why} for one, why in self.in_doubt],
        }


def reckoned(trials: Sequence[Trial]) -> Reckoning:
    """What came of them, and what `worlds.yaml` beside each playbook says of it."""
    reasons = {
        (folder, _key_of(one)): one.because
        for folder in {trial.folder for trial in trials}
        for one in explained_in(folder)
    }
    unexplained, explained, outdated, in_doubt = [], [], [], []
    for trial in sorted(trials, key=lambda one: one.mutation.says):
        mutation = trial.mutation
        because = reasons.get((trial.folder, _key(mutation)), "")
        if trial.noticed_by:
            outdated += [(mutation, trial.noticed_by)] if because else []
        elif trial.in_doubt:
            in_doubt.append((mutation, "; ".join(trial.in_doubt)))
        elif because:
            explained.append((mutation, because))
        else:
            unexplained.append(mutation)
    return Reckoning(len(trials), tuple(unexplained), tuple(explained), tuple(outdated), tuple(in_doubt))


def refuse_unknown(folder: Path, mutations: Iterable[Mutation]) -> None:
    """A ConfigError for what is explained beside a playbook, and is no change of it."""
    known = {_key(mutation) for mutation in mutations}
    wrong = [text for one in explained_in(folder) for text in _unknown(one, known)]
    if wrong:
        raise ConfigError("\n".join(f"{folder / 'worlds.yaml'}: {NAME}: {text}" for text in wrong))


def _unknown(one: Unnoticed, known: Iterable[_Key]) -> Iterator[str]:
    if _key_of(one) in known:
        return
    scenarios = {scenario for scenario, *_ in known}
    names = {name for scenario, kind, name, _ in known if (scenario, kind) == (one.scenario, one.kind)}
    if one.scenario not in scenarios:
        yield f"there is no scenario {one.scenario}. {instead_of(one.scenario, scenarios)}"
    elif one.name not in names:
        what = f"{one.scenario} has no {one.kind} {one.name} that could be changed"
        yield f"{what}. {instead_of(one.name, names)}"
    else:
        yield f"{one.kind} {one.name} of {one.scenario} is never made {one.is_}: it has no condition"


def _key(mutation: Mutation) -> _Key:
    return mutation.scenario, mutation.kind, mutation.name, mutation.how


def _key_of(one: Unnoticed) -> _Key:
    return one.scenario, one.kind, one.name, one.is_
