import pytest

from activities.team_secrets import signs_webhooks
from stanch.model.secret_names import names_a_secret


@pytest.mark.parametrize(
    "name",
    [
        "DATABASE_URL",
        "REDIS_URL",
        "SENTRY_DSN",
        "STRIPE_KEY",
        "API_KEY",
        "stripeApiKey",
        "clientSecret",
        "clientsecret",
        "APIToken",
        "app.auth.accessKey",
        "/production/db-password",
        "flags.private",
        "SECRET_KEY_BASE",
    ],
)
def test_what_sounds_like_a_secret_is_kept_for_one_however_it_is_spelt(name: str) -> None:
    assert names_a_secret(name)


@pytest.mark.parametrize(
    "name", ["OPENAI_MAX_TOKENS", "NEXT_PUBLIC_ENABLE_PACK_PURCHASE", "cacheTtl", "monkeyMode", "RATE_LIMIT"]
)
def test_a_flag_is_no_secret(name: str) -> None:
    assert not names_a_secret(name)


@pytest.mark.parametrize(
    "name", ["STRIPE_WEBHOOK_SECRET", "clerkWebhookSecret", "WHSEC", "SVIX_KEY", "stripe-endpoint-secret"]
)
def test_what_signs_webhooks_is_known_as_such(name: str) -> None:
    assert signs_webhooks(name)


@pytest.mark.parametrize("name", ["CLERK_SECRET_KEY", "ASSIGNING_ENABLED"])
def test_another_secret_is_not_taken_for_a_webhooks(name: str) -> None:
    assert not signs_webhooks(name)


def test_a_value_tells_too_that_it_signs_webhooks() -> None:
    assert signs_webhooks("AUTH", "whsec_of_somebody")
