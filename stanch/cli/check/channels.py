"""Whether channels would take a message, and reach whoever is called; nobody is told unasked."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

from activities.channels import Channels
from stanch.cli.check.addresses import SECRET_ADDRESS, is_address
from stanch.cli.check.reachable import reaches
from stanch.cli.check.results import Finding, PreflightCheck, failed, ok, warn
from stanch.cli.check.secrets import is_missing, places_of
from stanch.cli.failures import Misuse
from stanch.errors import ConfigError, Rejected, Unavailable
from stanch.model.alert import Severity
from stanch.model.channel import Channel
from stanch.model.message import Message
from stanch.model.team import Team
from stanch.playbooks.book import Book
from stanch.playbooks.problems import instead_of
from stanch.secrets import Redactor

AREA = "Channels"
_NOT_FOR_TELLING = (".app_token", ".signing_secret")
"""Secrets of a channel that nothing is sent with; those that cannot be read are told under Secrets."""
_HERE = ("localhost", "127.0.0.1", "::1")


def checks(book: Book, redactor: Redactor, send_to: str = "") -> Iterator[PreflightCheck]:
    """One for each channel, and one for each name that reaches nobody.

    Nothing is sent, unless somebody is named: then each channel gets one message that calls that person.
    """
    team = book.team
    for name in team.channels:
        yield PreflightCheck(AREA, name, partial(_channel, name, team, redactor, send_to))
    if not any(channel.can_call for channel in team.channels.values()):
        yield PreflightCheck(AREA, "escalation", partial(_nobody_called, some=bool(team.channels)))
        return
    for reach in reaches(book):
        if reach.lost:
            yield PreflightCheck(AREA, reach.name, partial(_lost, reach.name, reach.lost))


def refuse_nobody(person: str, book: Book, *, offline: bool) -> None:
    """Raises `Misuse` where a test message would go to nobody."""
    if person and offline:
        raise Misuse("--send-test sends, and --offline asks nobody: leave one of them out")
    if person and person not in book.team.people:
        raise Misuse(f"there is no person {person} in stanch.yaml. {instead_of(person, book.team.people)}")


async def _nobody_called(*, some: bool) -> Finding:
    """A ladder that reaches nobody is found out in an incident otherwise."""
    says = "no channel takes the kind escalation" if some else "no channel is written in stanch.yaml"
    return warn(
        f"{says}: when Stanch calls for somebody, nobody hears it",
        "Write channels: {team: {webhook: env:NAME}}, without events: or with escalation among them",
    )


async def _lost(name: str, says: str) -> Finding:
    mend = f"Write slack: or email: of the people whom {name} means, for a channel that takes that"
    return warn(says, mend)


async def _channel(name: str, team: Team, redactor: Redactor, send_to: str) -> Finding:
    channel = team.channels[name]
    if not channel.can_be_told:
        return warn(f"nothing is sent to {channel.kind} yet", "Write a channel of another kind beside it")
    only = team.model_copy(update={"channels": {name: channel}})
    for reference in _secrets_of(only):
        if is_missing(reference):
            return failed(f"was not tried, since {reference} cannot be read", "See under Secrets")
    if wrong := _wrong_address(name, channel, redactor):
        return wrong
    return await _tried(only, name, redactor, send_to)


async def _tried(only: Team, name: str, redactor: Redactor, send_to: str) -> Finding:
    """What the channel itself says."""
    mend = f"See channels.{name} in stanch.yaml"
    try:
        channels = Channels(only, redactor)
        if not send_to:
            return ok(await channels.prove(name))
        await channels.try_out(_test(name, send_to))
    except Unavailable as error:
        return failed(str(error), f"{mend}, and the network of this machine")
    except (ConfigError, Rejected) as error:
        return failed(str(error), mend)
    return ok(f"took a message for {send_to}")


def _secrets_of(team: Team) -> Sequence[str]:
    return [reference for reference, places in places_of(team).items() if _is_channels(places)]


def _is_channels(places: Sequence[str]) -> bool:
    return any(place.startswith("channels.") and not place.endswith(_NOT_FOR_TELLING) for place in places)


def _wrong_address(name: str, channel: Channel, redactor: Redactor) -> Finding | None:
    """What is the matter with a webhook's address, which is a secret: nothing of it is said."""
    if channel.webhook is None:
        return None
    address = redactor.read(channel.webhook)
    if not is_address(address, SECRET_ADDRESS):
        mend = f"Put the whole https address that takes the messages of {name} into {channel.webhook}"
        return failed(f"{channel.webhook} holds no http or https address", mend)
    at = urlsplit(address)
    if at.scheme == "http" and at.hostname not in _HERE:
        return warn("its address is http: messages can be read on the way", f"Use https in {channel.webhook}")
    return None


def _test(channel: str, person: str) -> Message:
    now = datetime.now(UTC)
    return Message(
        channel=channel,
        kind="test",
        incident="",
        service="stanch",
        severity=Severity.LOW,
        headline="Stanch: a test message",
        text=f"This is a test of {channel}. Nothing is wrong, and nothing is to be done.",
        key=f"test/{channel}/{now:%Y%m%dT%H%M%S}",
        at=now,
        calls=(person,),
        card="A test: stanch check --send-test",
    )
