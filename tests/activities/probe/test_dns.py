import socket
from typing import Any

import pytest

from activities.probes.dns import ReadName, ResolvedName
from activities.probes.prober import Prober
from activities.probes.resolving import addresses_of
from stanch.errors import Unavailable
from stanch.model.evidence import Look
from tests.activities.probe.asking import AT, answering, outside_of, over_a_socket


def saying(error: int) -> Prober:
    """A system whose resolver says no in that way."""
    made = outside_of(answering(200))

    async def look_up(*_: object, **__: object) -> list[tuple[Any, ...]]:
        raise socket.gaierror(error, "said the resolver")

    made.resolve = lambda host: addresses_of(host, look_up)
    return made


async def resolved(outside: Prober, url: str = "https://shop.example/x") -> ResolvedName:
    return await ReadName(outside).read(Look(arguments={"url": url}, as_of=AT))


async def test_a_name_that_is_known_leads_to_addresses() -> None:
    result = await resolved(over_a_socket(), "http://localhost:8080/healthz")

    assert (result.name, result.missing) == ("localhost", False)
    assert set(result.addresses) <= {"127.0.0.1", "::1"}
    assert result.line().startswith(f"localhost: {len(result.addresses)} address")


@pytest.mark.parametrize("error", [socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)])
async def test_a_name_that_the_resolver_does_not_know_is_missing(error: int) -> None:
    result = await resolved(saying(error))

    assert (result.missing, result.addresses) == (True, ())
    assert result.line() == "shop.example: there is no such name (asked from Stanch's own place)"


@pytest.mark.parametrize("error", [socket.EAI_AGAIN, socket.EAI_FAIL])
async def test_a_resolver_that_cannot_tell_is_missing_evidence(error: int) -> None:
    with pytest.raises(Unavailable, match=r"nobody can tell where shop\.example is"):
        await resolved(saying(error))


async def test_a_resolver_that_does_not_answer_in_time_is_missing_evidence() -> None:
    async def resolve(_: str) -> list[str]:
        raise TimeoutError

    outside = outside_of(answering(200))
    outside.resolve = resolve

    with pytest.raises(Unavailable, match=r"no answer in time about shop\.example"):
        await resolved(outside)


async def test_a_name_that_cannot_be_one_is_missing() -> None:
    assert await addresses_of(f"{'a' * 64}.example") == []
