"""Messages on their way: each is written down before it is sent, and crossed out once a channel has it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from stanch.model.channel import ChannelKind
from stanch.model.message import Delivered, Message, Summons
from stanch.policy import audience, planning, summons, telling, thinning
from stanch.policy.outbreaks import cut
from workflows.outside import Failed

if TYPE_CHECKING:
    from workflows.memory import IncidentMemory


def put(memory: "IncidentMemory", channel: str, kind: str, text: str, **more: Any) -> None:
    """One message to one channel, sent beside the phases."""
    state, pinned, now = memory.state, memory.pinned, memory.outside.now()
    by = audience.kind_of(channel, pinned)
    keeps_a_card = by is ChannelKind.SLACK
    known = planning.facts_known(state, pinned, now) if keeps_a_card else {}
    message = Message(
        channel=channel,
        by=by,
        kind=kind,
        incident=state.number,
        service=pinned.service.name,
        severity=state.severity,
        headline=telling.headline(state),
        text=cut(text, thinning.LONGEST_MESSAGE),
        key=f"{state.number}/{channel}/{len(state.timeline) + state.left_out}-{kind}",
        at=now,
        card=cut(telling.card(state), thinning.LONGEST_CARD) if keeps_a_card else "",
        place=audience.place(channel, state, pinned, known),
        **more,
    )
    if len(state.unsaid) >= thinning.MOST_UNSAID:
        lost, state.unsaid = state.unsaid[0], state.unsaid[1:]
        memory.note("channel", f"{lost.channel} was never told: {lost.kind}")
    state.unsaid = (*state.unsaid, message)
    memory.beside(send(memory, message))


def call(memory: "IncidentMemory", names: Sequence[str], kind: str, text: str) -> None:
    """People are called: by what is told anyway, and by other channels where that does not reach them."""
    state, pinned = memory.state, memory.pinned
    at_once = audience.called_by(names, state, pinned)
    made = Summons(
        id=f"{len(state.timeline) + state.left_out}-{kind}",
        names=tuple(names),
        kind=kind,
        text=cut(text, thinning.LONGEST_LINE),
        since=memory.outside.now(),
        trying=at_once,
        ways=audience.other_ways(at_once, pinned),
    )
    if state.by_policy:
        state.calls = (*(one for one in state.calls if one.id != made.id), made)[-thinning.MOST_CALLS :]
    for channel in at_once:
        put(memory, channel, kind, text, calls=made.names, call=made.id)


async def send(memory: "IncidentMemory", message: Message) -> None:
    """Delivered, or given up; the state says which."""
    if message.by is ChannelKind.SLACK:
        # The card is made by one message only; those behind it stand below it.
        await memory.outside.until(lambda: _has_turn(memory, message))
    try:
        told = await memory.outside.tell(_addressed(memory, message))
    except Failed as failed:
        _refused(memory, message, failed.text)
    else:
        _took(memory, message, told)
    state = memory.state
    state.unsaid = tuple(one for one in state.unsaid if one.key != message.key)


def _refused(memory: "IncidentMemory", message: Message, because: str) -> None:
    state, channel = memory.state, message.channel
    state.calls = summons.replaced(state.calls, message.call, lambda one: summons.refused(one, channel))
    if channel not in state.broken:
        state.broken = (*state.broken, channel)
        memory.note("channel", f"{channel} did not take a message: {because}")


def _took(memory: "IncidentMemory", message: Message, told: Delivered) -> None:
    state, channel = memory.state, message.channel
    state.calls = summons.replaced(
        state.calls, message.call, lambda one: summons.answered(one, channel, told)
    )
    state.broken = tuple(one for one in state.broken if one != channel)
    if told.thread:
        state.threads = {**state.threads, _thread_key(message): told.thread}
    if told.on_call:
        memory.note_once("on-call", told.on_call)
    if told.said:
        memory.note("channel", f"{channel}: {told.said}")


def addressed(memory: "IncidentMemory") -> tuple[Message, ...]:
    """What is not told yet, with where the card stands by now."""
    return tuple(_addressed(memory, message) for message in memory.state.unsaid)


def _addressed(memory: "IncidentMemory", message: Message) -> Message:
    thread = memory.state.threads.get(_thread_key(message), "")
    return message.model_copy(update={"thread": thread}) if thread else message


def _has_turn(memory: "IncidentMemory", message: Message) -> bool:
    if _thread_key(message) in memory.state.threads:
        return True
    waiting = [one for one in memory.state.unsaid if _thread_key(one) == _thread_key(message)]
    return not waiting or waiting[0].key == message.key


def _thread_key(message: Message) -> str:
    return f"{message.channel} {message.place}".strip()
