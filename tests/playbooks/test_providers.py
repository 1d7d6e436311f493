"""A provider, a setting or a status page that nobody knows is refused when it is loaded, offline."""

from collections.abc import Callable

import pytest

FLY = "  fly: {token: env:FLY_API_TOKEN, status_page: fly}\n"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "  fly: {tokn: env:T}\n",
            "stanch.yaml:3: providers.fly.tokn: fly has no such setting. Did you mean token?",
        ),
        ("  fly: {team: ours}\n", "providers.fly.team: fly has no such setting."),
        (
            "  flyy: {token: env:T}\n",
            "stanch.yaml:3: providers.flyy: there is no provider flyy. Did you mean fly?",
        ),
        (
            "  fly: {token: env:T, status_page: flyy}\n",
            "providers.fly.status_page: there is no status page flyy. Did you mean fly?",
        ),
    ],
)
def test_what_no_provider_knows_is_refused(
    complaint: Callable[..., str], team: str, written: str, said: str
) -> None:
    assert said in complaint("options: []", team.replace(FLY, written))


def test_a_status_page_that_nobody_knows_is_refused(complaint: Callable[..., str]) -> None:
    said = complaint("evidence: {a: {uses: status.page, with: {page: flyy}}}")

    assert "slurpy.yaml:8: scenarios.site-down.evidence.a.with.page: there is no status page flyy" in said
    assert "Did you mean fly?" in said


def test_where_a_service_runs_nowhere_only_that_is_said(complaint: Callable[..., str], team: str) -> None:
    wrong = team.replace("app: slurpy-backend", "application: slurpy-backend")

    said = complaint("options: [{uses: fly.restart}, {uses: fly.rol_back}]", wrong)

    assert {line.split(":")[0] for line in said.splitlines()} == {"stanch.yaml"}
    assert "services.backend.runs_on.application: there is no such key. Known are app" in said
