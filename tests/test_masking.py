"""What looks like a secret is blanked out of any text; what does not stays as it is."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.masking import HIDDEN, hidden_by_name, link, masked, within
from stanch.model.alert import Severity
from stanch.model.base import Frozen

BIRD = "snipe0123456789"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"

SECRETS = [
    f"connecting to postgres://app:{BIRD}@db.internal:5432/app failed",
    f"postgresql+asyncpg://app:{BIRD}/x+y@db/app",
    f"mongodb+srv://root:{BIRD}@cluster0.mongodb.net/?retryWrites=true",
    f"REDIS_URL=redis://:{BIRD}@cache:6379/0",
    f"git clone https://oauth2:{BIRD}@git.example/team/app",
    f"git clone https://{BIRD}xyz@git.example/team/app",
    f"Authorization: Bearer {BIRD}",
    f"authorization=Basic {BIRD}",
    f'{{"headers": {{"Authorization": "Token {BIRD}"}}}}',
    f"> Proxy-Authorization: Digest {BIRD}",
    f"sent Bearer {BIRD} to the vendor",
    "sent Basic c25pcGU6MDEyMzQ1Njc4OQ== to the vendor",
    f"the session is {JWT}",
    f"GET /callback?id_token%3D{JWT}",
    f"Cookie: theme=dark; sid={BIRD}",
    f'Set-Cookie: sid="{BIRD}"; Path=/; HttpOnly',
    f"{{'cookie': 'sid={BIRD}'}}",
    f"GET /v1/orders?page=2&key={BIRD} answered 500",
    f"GET /blob?sv=2022&sig={BIRD} answered 403",
    f"GET /x?token={BIRD}",
    f"GET /x%3Ftoken%3D{BIRD}",
    f"GET /cb?code={BIRD}&state=1",
    f'{{"user": "ana", "password": "{BIRD}"}}',
    f'{{"password": "{BIRD}',
    f'{{"body": "{{\\"password\\": \\"{BIRD}\\"}}"}}',
    f"{{'client_secret': '{BIRD}'}}",
    f'"accessToken"=>"{BIRD}"',
    f'password = "quo\\"{BIRD}"',
    f"STRIPE_SECRET={BIRD} DEBUG=1",
    f"export DB_PASSWORD='{BIRD}'",
    f"spring.datasource.password={BIRD}",
    f"api_key: {BIRD}",
    f"X-Api-Key: {BIRD}",
    "db:\n  password: sesame\n  host: x",
    f"Server=db;Uid=app;Pwd={BIRD};",
    f"curl --token {BIRD} https://api.example",
    f"X-Amz-Signature={BIRD}",
    f"-----BEGIN RSA PRIVATE KEY-----\nMIIE{BIRD}\n-----END RSA PRIVATE KEY-----",
    f"-----BEGIN PRIVATE KEY----- MIIE{BIRD}",
    f"posting to https://hooks.slack.com/services/T01/B02/{BIRD} failed",
]
"""Each holds the bird's number, `sesame` or a token; none of it is there afterwards."""

TOKENS = [
    "sk_live_0123456789abcdefABCDEF",
    "rk_test_0123456789abcdefABCDEF",
    "whsec_0123456789abcdefABCDEF",
    "ghp_0123456789abcdefABCDEF0123456789abcd",
    "github_pat_0123456789abcdefABCDEF_0123456789",
    "glpat-0123456789abcdefABCD",
    "xoxb-0123456789-0123456789-abcdefABCDEF",
    "AKIA0123456789ABCDEF",
    "AIzaSy0123456789abcdefABCDEF0123456789a",
    "ya29.a0123456789abcdefABCDEF",
    "npm_0123456789abcdefABCDEF0123456789abcd",
    "HRKU-01234567-89ab-cdef-0123-456789abcdef",
    "fm2_lJPECAAAAAAAA0123456789abcdef",
    "fo1_0123456789abcdefABCDEF",
    "nfp_0123456789abcdefABCDEF",
    "vcp_0123456789abcdefABCDEF0123",
    "sk-proj-0123456789abcdefABCDEF",
    "SG.0123456789abcdefABCDEF.0123456789abcdefABCDEF",
    "shpat_0123456789abcdef0123456789abcdef",
    "glsa_0123456789abcdefABCDEF_01234567",
    JWT,
]

ORDINARY = [
    "registry.fly.io/slurpy-backend@sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "registry.fly.io:5000/slurpy-backend:deployment-01JABCDEFGHJKMNPQRSTVWXYZ0",
    "docker://registry.example:5000/app@sha256:0f1e2d3c4b5a6978",
    "123456789012.dkr.ecr.eu-central-1.amazonaws.com/app:v42",
    "arn:aws:ecs:eu-central-1:123456789012:task-definition/checkout:42",
    "dpl_8xq3KfG2mPzT4vYbNcRw7HjLs1Da",
    "9c487adb2f1e4d5c6b7a8f9e0d1c2b3a4f5e6d7c",
    "INC-20261121-7K3QXM",
    "v42 by ana, 3 min old, suspect",
    "https://api.slurpy.example/healthz",
    "https://prometheus.shop.example/graph?g0.expr=checkout_errors&g0.tab=1",
    "https://grafana.example/d/abc/checkout?orgId=1&from=now-1h&to=now&var-region=fra",
    "https://ana@example.com/path",
    "ssh://git@github.com/team/app.git",
    "mail ana@example.com, call https://status.example:8443/x?to=ana@example.com",
    "password authentication failed for user postgres",
    "token bucket is empty; 4096 tokens left, max_tokens=4096, completion_tokens: 512",
    "SyntaxError: Unexpected token: 'export' at line 3",
    "the token has expired, please log in",
    "invalid password: try another",
    "Bearer authentication is missing",
    "Basic authentication failed",
    "no cookie was sent; cookie: missing",
    "providers.fly.token is missing in stanch.yaml; write token: env:NAME",
    "secrets.admin is missing in stanch.yaml; write admin: env:NAME or file:/run/secrets/x",
    "flyctl secrets set STRIPE_SECRET=$STRIPE_SECRET",
    "STRIPE_SECRET: secret payments (3f2a9c41d07e) → secret payments (aa7bd2)",
    "primary_key=42 cache_key=user:7 partition_key=eu idempotency-key: 9f2c",
    "passed=12 failed=3 bypass=true compass=north",
    "task-runner-for-the-nightly-build-number-7",
    "PWD=/app HOME=/root",
    "author=ana oauth=enabled secretary=li",
    "password=null token=undefined secret=true",
    "GET /search?q=red+shoes&page=2&sort=price",
    "exit code=137 signal=9",
    "stanch approve INC-20261121-7K3QXM --digest 3f2a9c41d07e",
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_blanked_out_wherever_it_stands(text: str) -> None:
    hidden = masked(text)

    assert HIDDEN in hidden
    assert "0123456789" not in hidden
    assert "sesame" not in hidden
    assert "c25pcGU6" not in hidden
    assert "eyJ" not in hidden


@pytest.mark.parametrize("token", TOKENS)
def test_a_vendors_token_is_known_by_its_shape(token: str) -> None:
    assert masked(f"it said: {token}.") in (f"it said: {HIDDEN}.", f"it said: {HIDDEN}")


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_text_stays_as_it_is(text: str) -> None:
    assert masked(text) == text


def test_what_surrounds_a_secret_stays() -> None:
    said = f"03:12 connecting to postgres://app:{BIRD}@db.internal:5432/app as app failed"

    assert masked(said) == f"03:12 connecting to postgres://app:{HIDDEN}@db.internal:5432/app as app failed"


PIECES = st.sampled_from(
    [*SECRETS, *TOKENS, *ORDINARY, HIDDEN, '"', "'", "\\", "\n", " ", ":", "=", "@", "://"]
)


@settings(max_examples=300)
@given(st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=8))
def test_masked_again_a_text_is_the_same(pieces: list[str]) -> None:
    once = masked("".join(pieces))

    assert masked(once) == once


@settings(max_examples=300)
@given(st.lists(st.sampled_from(ORDINARY), min_size=1, max_size=6))
def test_ordinary_texts_side_by_side_stay_as_they_are(texts: list[str]) -> None:
    line = "\n".join(texts)

    assert masked(line) == line


@settings(max_examples=300)
@given(st.text(max_size=40), st.sampled_from(SECRETS + TOKENS), st.text(max_size=40))
def test_no_surroundings_bring_a_secret_to_light(before: str, secret: str, after: str) -> None:
    hidden = masked(f"{before}\n{secret}\n{after}")

    assert BIRD not in hidden
    assert JWT not in hidden


HOSTILE = ["a", "eyJ", "-eyJ", "postgres://a:", "://a:b", 'password="', "password: ", "cookie: a=", "sk-a"]
HOSTILE += [
    "Bearer a",
    "basic a",
    "-----BEGIN ",
    '\\"',
    "--token ",
    "?key=",
    "SG.aaaaaaaaaaaaaaaa",
    " ",
    "_pwd",
]


@pytest.mark.parametrize("seed", HOSTILE)
def test_a_long_hostile_text_takes_no_longer_than_its_length(seed: str) -> None:
    def took(length: int) -> float:
        text = (seed * (length // len(seed) + 1))[:length]
        began = time.process_time()
        masked(text)
        return time.process_time() - began

    quarter = took(75_000)

    assert took(300_000) < 8 * quarter + 0.2


class Inner(Frozen):
    said: str
    count: int = 3


class Outer(Frozen):
    severity: Severity = Severity.HIGH
    rows: tuple[Inner, ...] = ()
    labels: dict[str, str]


def test_a_model_is_masked_however_deep_and_stays_of_its_class() -> None:
    found = Outer(rows=(Inner(said=f"password={BIRD}"),), labels={"db_password": "sesame", "region": "fra"})

    hidden = within(found)

    assert hidden == Outer(
        rows=(Inner(said=f"password={HIDDEN}"),), labels={"db_password": HIDDEN, "region": "fra"}
    )
    assert type(hidden.severity) is Severity


@pytest.mark.parametrize(
    "name", ["password", "X-Api-Key", "DB_SECRET", "clientSecret", "Authorization", "pwd"]
)
def test_a_secrets_name_is_known(name: str) -> None:
    assert hidden_by_name(name)


@pytest.mark.parametrize("name", ["max_tokens", "primary_key", "region", "alertname", "secretary", "pod"])
def test_an_ordinary_name_is_no_secrets(name: str) -> None:
    assert not hidden_by_name(name)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (f"https://ana:{BIRD}@x.example/a", "https://x.example/a"),
        (f"https://x.example/a?key={BIRD}&b=1", "https://x.example/a"),
        (f"https://x.example/a#access_token={BIRD}", "https://x.example/a"),
        ("https://x.example/graph?g0.expr=up&g0.tab=1", "https://x.example/graph?g0.expr=up&g0.tab=1"),
        ("https://x.example/d/a?orgId=1&var-key=x", "https://x.example/d/a"),
    ],
)
def test_a_link_keeps_its_query_only_where_no_name_in_it_says_secret(address: str, shown: str) -> None:
    assert link(address) == shown
