"""Debian's own Prometheus, asked as the team's is."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from stack import free_port

from activities.fly.metrics import QUERIES
from activities.integration import Surroundings
from activities.portable.measured import Measurement
from activities.prometheus import INTEGRATION, ReadQuery
from stanch.errors import Rejected
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.secrets import Redactor

PROGRAM = shutil.which("prometheus")
TWO = 'label_replace(vector(2), "a", "b", "", "") or label_replace(vector(5), "a", "c", "", "")'


@pytest.fixture(scope="module")
def installed() -> None:
    if PROGRAM is None:
        assert not os.environ.get("CI"), "install prometheus"
        pytest.skip("install prometheus")


@pytest.fixture(scope="module")
def address(installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("prometheus")
    config, at = folder / "prometheus.yml", f"127.0.0.1:{free_port()}"
    config.write_text("scrape_configs: []\n")
    command = [
        str(PROGRAM),
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={at}",
    ]
    with (folder / "log").open("wb") as words:
        process = subprocess.Popen(command, stdout=words, stderr=words)
    try:
        assert is_ready(f"http://{at}", process), (folder / "log").read_text()
        yield f"http://{at}"
    finally:
        process.kill()
        process.wait()


def is_ready(address: str, process: subprocess.Popen[bytes]) -> bool:
    """True as soon as it answers; False where it has ended, or answers nothing for long."""
    for _ in range(400):
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{address}/-/ready").is_success:
                return True
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
            return False
    return False


async def ask(address: str, query: str) -> Measurement:
    outside = INTEGRATION.connect(Surroundings(Provider(base_url=address), Redactor()))
    found = await ReadQuery(outside).read(Look(arguments={"query": query}, as_of=datetime.now(UTC)))
    return Measurement.model_validate(found)


async def test_a_real_prometheus_is_understood(address: str) -> None:
    highest = await ask(address, TWO)

    assert (highest.value, highest.samples, highest.where) == (5, 2, "a=c")
    assert (await ask(address, "1 + 1")).value == 2
    assert (await ask(address, "vector(0) / vector(0)")).value is None
    assert (await ask(address, "no_such_metric")).value is None


@pytest.mark.parametrize(
    ("query", "because"),
    [
        ("up{", "answered 400: invalid parameter .query."),
        (f"({TWO}) + on() ({TWO})", "answered 422: found duplicate series"),
        ("vector(1)[5m:1m]", "gives a matrix"),
        ('"text"', "gives a string"),
    ],
)
async def test_what_a_real_prometheus_refuses_is_its_authors(address: str, query: str, because: str) -> None:
    with pytest.raises(Rejected, match=because):
        await ask(address, query)


RISING = 'label_replace(vector(time()), "machine", "web.1", "", "") / 3600'


async def test_a_course_is_asked_of_a_real_prometheus(address: str) -> None:
    outside = INTEGRATION.connect(Surroundings(Provider(base_url=address), Redactor()))
    also = ["usual", "before", "slope_per_hour"]
    arguments = {"query": RISING, "by": {"dyno": "machine"}, "also": also, "in": "s"}
    now = datetime.now(UTC)

    found = await ReadQuery(outside).read(Look(arguments=arguments, as_of=now))

    hours = now.timestamp() / 3600
    assert found.value == pytest.approx(hours)
    assert found.before == pytest.approx(hours - 1)
    assert found.usual == pytest.approx(hours - 4 * 24)
    assert found.slope_per_hour == pytest.approx(1)
    assert found.by["dyno"].top == "web.1"


async def test_the_expressions_of_flys_metrics_are_read_by_a_real_prometheus(address: str) -> None:
    for query_of in QUERIES.values():
        for labels in ("", " by (region)"):
            assert (await ask(address, query_of("slurpy-backend", "300s", labels))).value is None
