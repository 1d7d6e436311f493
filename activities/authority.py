"""Whether a worker may plan a step and make a change: asked where it acts, by what is in force now.

Whoever reaches Temporal can start workflows and activities with any input. So a step is planned only when the
door has signed it, a change is made only when it was planned here for this very incident, and people's words
count only with the door's signature, and only while the people are still in stanch.yaml.
"""

from dataclasses import dataclass

from pydantic import JsonValue
from temporalio import activity

from stanch.errors import Forbidden
from stanch.model.base import digest_of
from stanch.model.change import Change, PlanRequest, Seal, Trail, UndoKind
from stanch.model.decision import NEEDS, UI_PERSON, Decision, Say
from stanch.model.incident_number import code_of
from stanch.model.plan import Order, PlanOrder
from stanch.model.playbook import PinnedStep
from stanch.model.team import Team
from stanch.model.verb import AutomationMode, VerbSpec
from stanch.policy import approving, signing
from stanch.policy.signing import Keyring

_INCIDENT, _REVERT = "IncidentWorkflow", "RevertWorkflow"


@dataclass(frozen=True)
class Authority:
    """The keys and the team of one worker."""

    keys: Keyring
    team: Team

    def may_plan(self, order: PlanOrder, spec: VerbSpec) -> PlanRequest:
        """The request, under the limits in force now; raises `Forbidden` for a step that nobody signed."""
        step, request = order.step, order.request
        if not signing.is_signed_step(step, self.keys):
            raise Forbidden(f"{spec.name}: the step stands in no playbook that the gateway has signed")
        if step.uses != spec.name or step.target != request.target:
            raise Forbidden(f"{spec.name} on {request.target.key} is not what the signed step says")
        lowered = self._lowered(order)
        for name, value in step.arguments.items():
            if name in lowered or name in request.templates:
                continue
            if name not in request.arguments or not _could_be(value, request.arguments[name]):
                raise Forbidden(f"{spec.name}: {name} is not what the signed step says")
        if request.arguments.keys() - step.arguments.keys():
            raise Forbidden(f"{spec.name} is asked with arguments that the signed step does not have")
        if request.arguments.keys() & request.templates.keys() or not (
            request.templates.items() <= step.arguments.items()
        ):
            raise Forbidden(f"{spec.name} is asked with expressions that the signed step does not have")
        return request.model_copy(update={"limits": self._stricter(request, step)})

    def _lowered(self, order: PlanOrder) -> frozenset[str]:
        """The arguments that a word has lowered, which must be the door's too."""
        word = order.lowered
        if word is None:
            return frozenset()
        if word.say is not Say.APPROVE or self._why_not(word, activity.info().workflow_id or ""):
            raise Forbidden("parameters are lowered by an approval that the gateway has signed")
        for name, wanted in word.arguments.items():
            if order.request.arguments.get(name) != wanted:
                raise Forbidden(f"{name} is not what {word.person} has lowered it to")
        return frozenset(word.arguments)

    def _stricter(self, request: PlanRequest, step: PinnedStep) -> dict[str, JsonValue]:
        """The pinned limits, or those in force now where they are stricter."""
        now = [self.team.services[name].limits for name in step.services if name in self.team.services]
        most, largest = request.limits.get("max_count"), request.limits.get("largest_size")
        counts = [limit.max_count for limit in now] + ([most] if isinstance(most, int) else [])
        sizes = {limit.largest_size for limit in now if limit.largest_size}
        sizes |= set(map(str, largest)) if isinstance(largest, list) else set()
        return {"max_count": min(counts, default=1), "largest_size": [*sorted(sizes)]}

    def sealed(self, order: PlanOrder, change: Change, spec: VerbSpec) -> Change:
        """The change as this worker has planned it, for the incident that asked."""
        step = order.step
        needed = approving.needed(step, unasked=order.unasked).at_least(spec.floor)
        return signing.seal(
            change,
            Seal(
                workflow=activity.info().workflow_id or "",
                people=needed.people,
                shadow=step.mode is AutomationMode.SHADOW,
                silence=step.asking.then == "proceed" and not spec.floor.people,
                lowered=_name_of(order.lowered) if order.lowered else "",
            ),
            self.keys,
        )

    def may_act(self, order: Order, spec: VerbSpec) -> None:
        """Raises `Forbidden` for what was not planned here, not decided, or below the verb's floor."""
        change, info = order.change, activity.info()
        planned = change.origin or change
        if planned.seal is None or not signing.is_sealed(planned, self.keys):
            raise Forbidden(f"{change.summary}: it was not planned by a worker of this door")
        if planned.seal.shadow:
            raise Forbidden(f"{change.summary}: in shadow mode nothing is changed")
        if change.verb != spec.name or change.target != planned.target or planned.verb != spec.name:
            raise Forbidden(f"{change.summary}: it is not the verb and the target that it was planned for")
        if info.workflow_type == _REVERT and info.workflow_id == f"revert-{planned.marker}":
            return _is_the_way_back(change, planned)
        if info.workflow_type != _INCIDENT or info.workflow_id != planned.seal.workflow:
            raise Forbidden(
                f"{change.summary}: it belongs to {planned.seal.workflow}, not to who asks for it"
            )
        if change.origin is not None:
            return _is_the_way_back(change, planned)
        return self._decided(order, planned.seal, spec)

    def _decided(self, order: Order, seal: Seal, spec: VerbSpec) -> None:
        needed = max(seal.people, spec.floor.people)
        if not needed or (seal.silence and not order.decisions):
            return
        if order.change.digest not in order.digests:
            raise Forbidden(f"{order.change.summary}: it is not a step of the plan that was approved")
        approved = digest_of(list(order.digests))
        people, refused = set[str](), list[str]()
        for word in order.decisions:
            because = self._counts(word, order.change, approved)
            if needed > 1 and not word.signature:
                because = because or f"{word.person} is unsigned, and never half of a two-person approval"
            people |= set() if because else {word.person}
            refused += [because] if because else []
        if len(people) < needed:
            said = f" ({'; '.join(refused)})" if refused else ""
            raise Forbidden(f"{order.change.summary}: {needed} have to approve it, {len(people)} have{said}")

    def _counts(self, word: Decision, change: Change, approved: str) -> str:
        """Why a word is no approval of this change; empty when it is one."""
        seal = change.seal
        lowered = seal is not None and seal.lowered == _name_of(word)
        if word.say is not Say.APPROVE or (word.digest != approved and not lowered):
            return f"{word.person} approved another plan"
        if word.signature and not change.marker.partition("/")[0].endswith(code_of(word.run)):
            return f"{word.person} approved it in another incident"
        if approving.is_of_an_earlier_plan(word, change.marker):
            return f"{word.person} approved it when it was another question"
        return self._why_not(word, seal.workflow if seal else "")

    def _why_not(self, word: Decision, workflow: str) -> str:
        """Why somebody's word does not count now; empty when it does."""
        if word.incident != workflow:
            return f"{word.person} said it to another incident"
        trusted = self.team.temporal_door == "trusted" and word.person == UI_PERSON
        if not word.signature and not trusted:
            return f"{word.person} did not say it through the gateway"
        if word.signature and not signing.is_signed(word, self.keys):
            return f"the word of {word.person} is not signed by this door"
        person = self.team.people.get(word.person)
        if person is None or not {NEEDS[word.say], "admin"} & set(person.roles):
            return f"{word.person} is not an approver any more"
        return ""


def _name_of(word: Decision) -> str:
    """Names one word among all: who said what, and when."""
    return digest_of(word.model_dump(mode="json"))


def _could_be(written: JsonValue, rendered: JsonValue) -> bool:
    """True when a value can have come of what is written: all but what stands in `${...}` is as it was."""
    match written, rendered:
        case str(), _ if "${" in written:
            before = written.partition("$")[0]
            return not before or (isinstance(rendered, str) and rendered.startswith(before))
        case dict(), dict():
            same = written.keys() == rendered.keys()
            return same and all(_could_be(value, rendered[name]) for name, value in written.items())
        case list(), list():
            return len(written) == len(rendered) and all(map(_could_be, written, rendered))
    return written == rendered


def _is_the_way_back(change: Change, planned: Change) -> None:
    """Raises `Forbidden` where it is neither the sealed change's undo nor what puts its effects right."""
    ways = []
    if planned.undo.kind is not UndoKind.NONE:
        ways.append(planned.undone([unit.id for unit in change.units]))
    if planned.afterwards:
        ways.append(planned.put_right())
    if _bare(change) not in map(_bare, ways):
        raise Forbidden(f"{change.summary}: it goes elsewhere than back to what was")


def _bare(change: Change) -> Change:
    return change.model_copy(update={"trail": Trail(), "origin": None})
