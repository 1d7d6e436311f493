"""What whoever opens a scenario, or gives a command, chooses."""

from collections.abc import Iterable, Mapping

from stanch.errors import PlaybookError
from stanch.model.evidence import ExpressionVariable
from stanch.model.playbook import PinnedInput
from stanch.model.written import AskedInput, WrittenScenario
from stanch.playbooks.language import Language, Vocabulary
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of
from stanch.policy.fact_types import ValueType


def inputs_of(entry: WrittenScenario) -> tuple[PinnedInput, ...]:
    """What whoever opens a scenario chooses."""
    asked = entry.opens_on.asked
    return choices(asked, entry.evidence) if isinstance(asked, dict) else ()


def choices(asked: Mapping[str, AskedInput], evidence: Iterable[str]) -> tuple[PinnedInput, ...]:
    """The choices themselves, or the facts that list them: those are named as evidence is."""
    known = set(evidence)
    found = []
    for name, one in asked.items():
        are_facts = all(choice.partition(".")[0] in known for choice in one.one_of)
        listed = {"facts": one.one_of} if are_facts and one.one_of else {"one_of": one.one_of}
        found.append(PinnedInput(name=name, **listed))
    return tuple(found)


def asked_words(inputs: Iterable[PinnedInput]) -> Vocabulary:
    """`asked.NAME`, for each of them."""
    return Vocabulary(
        {
            f"asked.{one.name}": ExpressionVariable(type=ValueType.STRING, path=("asked", one.name))
            for one in inputs
        }
    )


def check_inputs(inputs: Iterable[PinnedInput], language: Language, position: Position) -> None:
    """Tell the position where nothing can be chosen, or where a fact is no list."""
    for one in inputs:
        here = position.at(one.name, "one_of")
        if not (one.one_of or one.facts):
            here.wrong("lists nothing to choose from", "Write the choices, or facts that list them")
        for index, fact in enumerate(one.facts):
            template = language.template(f"${{{fact}}}", ValueType.LIST, here.at(index))
            if template is not None and template.gives is not ValueType.LIST:
                here.at(index).wrong(f"{fact} is no list", "Name a fact that lists the choices")


def refuse_inputs(name: str, inputs: tuple[PinnedInput, ...], given: Mapping[str, str]) -> None:
    """Raise where something is not chosen, or nothing that could be.

    What is chosen from a list that has to be read is asked for, and held against it, by the incident.
    """
    known = {one.name: one for one in inputs}
    for said in given:
        if said not in known:
            raise PlaybookError(f"{name} asks for no {said}. {instead_of(said, known)}".strip())
    for one in inputs:
        if one.facts:
            continue
        if one.name not in given:
            raise PlaybookError(f"{name} asks for {one.name}: one of {', '.join(one.one_of)}")
        if given[one.name] not in one.one_of:
            raise PlaybookError(f"{one.name} is one of {', '.join(one.one_of)}")
