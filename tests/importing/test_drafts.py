"""One document, from its text to the draft: what becomes of each kind of thing that teams write down."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from stanch.importing.draft_text import text_of
from stanch.importing.playbook_draft import PlaybookDraft, draft_of
from stanch.model.team import Team
from stanch.model.written_playbook import WrittenPlaybook

SHOP = Path(__file__).parent / "documents" / "shop.md"


@pytest.fixture(scope="module")
def shop() -> PlaybookDraft:
    return draft_of(SHOP.read_text(), "shop.md")


@pytest.fixture(scope="module")
def text(shop: PlaybookDraft) -> str:
    return text_of(shop)


@pytest.fixture(scope="module")
def written(text: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(text)
    return document


@pytest.fixture(scope="module")
def catalogue(text: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(catalogue_in(text))
    return document


def catalogue_in(text: str) -> str:
    """What stands at the end of a draft, without its comment signs."""
    lines = text.partition("# For stanch.yaml")[2].splitlines()[1:]
    return "\n".join(line.removeprefix("# ") for line in lines)


def scenario(*lines: str) -> dict[str, Any]:
    """The one scenario of a document with these lines below its heading."""
    document = "\n".join(("# Playbook", "## Incidents", "### Trouble", *lines))
    scenarios: dict[str, Any] = yaml.safe_load(text_of(draft_of(document, "p.md")))["scenarios"]
    (one,) = scenarios.values()
    return dict(one)


def options(*lines: str) -> list[dict[str, Any]]:
    return list(scenario("**Resolution:**", *lines).get("options", []))


def shell(*commands: str) -> tuple[str, ...]:
    return ("```bash", *commands, "```")


# The whole


def test_sections_with_symptoms_steps_or_commands_become_scenarios(written: dict[str, Any]) -> None:
    assert [*written["scenarios"]] == ["shop-is-down", "slow"]


def test_a_draft_changes_nothing(written: dict[str, Any]) -> None:
    assert written["defaults"]["mode"] == "shadow"


def test_the_count_adds_up(shop: PlaybookDraft) -> None:
    assert shop.count == "2 scenarios; 12 of 13 commands understood, 5 of them corrected; 1 is manual"


def test_every_entry_says_from_which_line_it_comes(text: str) -> None:
    document = SHOP.read_text().splitlines()

    origins = {
        line.split("  # shop.md:")[0].strip(): line.split("shop.md:")[1]
        for line in text.splitlines()
        if "  # shop.md:" in line
    }

    rollback = next(
        origin for entry, origin in origins.items() if entry == "- {uses: roll_back, approval: one}"
    )
    assert document[int(rollback) - 1].startswith("fly releases rollback")


def test_a_correction_says_why(text: str) -> None:
    assert "# fly releases rollback: there is no such command; the earlier release is looked up" in text


# Opening, numbers, severities


def test_an_alert_that_is_named_opens_the_scenario(written: dict[str, Any]) -> None:
    assert written["scenarios"]["shop-is-down"]["opens_on"]["alert"] == ["ShopDown"]


def test_a_number_becomes_an_alert_that_is_measured(written: dict[str, Any]) -> None:
    assert written["alerts"] == {
        "HighErrorRate": {"fires": {"SEV2": "metrics.error_rate > 0.05"}},
        "HighLatency": {"when": "metrics.p95 > 1500ms"},
        "LowSuccessShare": {"fires": {"SEV1": "metrics.success_share < 0.95"}},
        "HighColdStarts": {"fires": {"SEV2": "metrics.cold_starts > 3 * metrics.cold_starts.usual"}},
    }
    assert written["scenarios"]["slow"]["opens_on"]["alert"] == ["HighLatency"]


def test_a_name_of_nobodys_is_proposed_where_none_is_given() -> None:
    assert scenario("**Symptoms:**", "- It is odd")["opens_on"] == {"alert": ["Trouble"]}


def test_commands_without_symptoms_are_for_people_to_open() -> None:
    text = text_of(draft_of("# Runbook\n## Useful commands\n```bash\nfly logs --app api\n```", "p.md"))

    assert yaml.safe_load(text)["scenarios"]["useful-commands"]["opens_on"] == {"asked": True}


def test_failing_health_is_measured() -> None:
    document = "# P\n## Down\n**Symptoms:**\n- Health check failing\n**Checks:**\n```bash\ncurl https://a.example/health\n```"

    written = yaml.safe_load(text_of(draft_of(document, "p.md")))

    assert written["alerts"] == {"Down": {"when": "health.is_down", "for": "2m"}}


def test_a_table_becomes_severities(written: dict[str, Any]) -> None:
    severities = written["severities"]

    assert {label: level["rank"] for label, level in severities.items()} == {
        "SEV1": "critical",
        "SEV2": "high",
        "SEV3": "medium",
    }
    assert severities["SEV1"]["respond_within"] == "15m"
    assert severities["SEV2"]["page"] == ["engineering-lead", "on-call"]
    assert severities["SEV1"]["escalate"] == [
        {"after": "15m", "to": "on-call"},
        {"after": "30m", "to": "tech-lead"},
    ]
    assert written["scenarios"]["shop-is-down"]["severity"] == "SEV1"


# Looking and doing


def test_commands_that_look_become_evidence(written: dict[str, Any]) -> None:
    down = written["scenarios"]["shop-is-down"]

    assert down["evidence"]["lines"] == {
        "uses": "logs",
        "with": {"count": {"panic_fatal": "(?i)panic|fatal"}},
    }
    assert {"health", "copies", "database", "cache", "commits"} <= {*down["look_at"]}
    assert written["defaults"]["evidence"]["cache"] == {"uses": "status", "target": "cache"}


def test_an_if_that_is_known_becomes_a_condition(written: dict[str, Any]) -> None:
    found = written["scenarios"]["shop-is-down"]["options"]

    assert {"when": "release.is_suspect || release.age < 2h", "uses": "roll_back", "approval": "one"} in found
    assert {"when": "cache.is_down", "uses": "restart", "target": "cache", "approval": "two"} in found


@pytest.mark.parametrize(
    ("supposed", "condition"),
    [
        ("If recent deploy", "release.is_suspect || release.age < 2h"),
        ("If a bad release went out", "release.is_suspect || release.age < 2h"),
        ("If deployment fails or causes trouble", "release.is_suspect || release.age < 2h"),
        ("If database is down", "database.is_down"),
        ("If Redis down", "cache.is_down"),
        ("If out of memory", "copies.memory_kills > 0"),
    ],
)
def test_what_is_supposed_is_a_condition(supposed: str, condition: str) -> None:
    assert options(f"- {supposed}: restart the service") == [
        {"when": condition, "uses": "restart", "approval": "one"}
    ]


@pytest.mark.parametrize(
    "supposed", ["If no recent deploy", "If the moon is full", "If the database is not down"]
)
def test_another_if_stays_a_comment_and_its_option_with_people(supposed: str) -> None:
    (option,) = options(f"- {supposed}:", "  ```bash", "  fly machine restart 1 --app api", "  ```")

    assert option == {"manual": [{"do": f"{supposed}:", "type": "fly machine restart 1 --app api"}]}


def test_an_if_above_holds_for_what_stands_below() -> None:
    text = text_of(
        draft_of("# P\n## Down\n**Solutions:**\n- If the sky falls:\n  - Restart the service", "p.md")
    )

    assert "# if the sky falls" in text
    assert yaml.safe_load(text)["scenarios"]["down"]["options"] == [
        {"manual": [{"do": "Restart the service"}]}
    ]


def test_where_a_part_cannot_be_restarted_people_are_asked_to() -> None:
    restart, by_hand = options("- If Redis is down: restart Redis")

    assert restart == {"when": "cache.is_down", "uses": "restart", "target": "cache", "approval": "two"}
    assert by_hand == {"when": "cache.is_down", "manual": {"do": "Restart the cache where it is hosted"}}


def test_an_if_in_a_label_holds_for_its_part() -> None:
    one = scenario("**Rollback (if recent deploy):**", *shell("fly releases rollback --app api"))

    assert one["options"][0]["when"] == "release.is_suspect || release.age < 2h"


def test_if_needed_supposes_nothing() -> None:
    assert options("- Restart the service if needed") == [{"uses": "restart", "approval": "one"}]


def test_nothing_is_changed_while_one_looks() -> None:
    one = scenario("**Investigation:**", *shell("fly machine restart 1 --app api"))

    assert "options" not in one
    assert one["otherwise"]["manual"] == [{"do": "Run this", "type": "fly machine restart 1 --app api"}]


@pytest.mark.parametrize(
    ("sentence", "option"),
    [
        ("Roll back to the last good version", {"uses": "roll_back", "approval": "one"}),
        ("Restart the application", {"uses": "restart", "approval": "one"}),
        ("Clear the CDN cache", {"uses": "purge_cache", "approval": "one"}),
        ("Scale horizontally", {"uses": "scale", "with": {"count": "+1"}, "approval": "one"}),
        ("Increase memory", {"uses": "scale", "with": {"size": "+1"}, "approval": "one"}),
        ("Have a cup of tea", {"manual": [{"do": "Have a cup of tea"}]}),
        ("Restart it all and call the boss", {"manual": [{"do": "Restart it all and call the boss"}]}),
    ],
)
def test_a_sentence_that_leaves_no_doubt_is_done(sentence: str, option: dict[str, Any]) -> None:
    assert options(f"- {sentence}") == [option]


def test_a_webhook_is_not_deleted_before_there_is_another() -> None:
    (option,) = options("- Stripe:", "  - Delete and recreate the webhook endpoint")

    assert option["uses"] == "stripe.add_webhook_endpoint"
    assert [step["uses"] for step in option["then"]] == [
        "set_webhook_secret",
        "stripe.disable_webhook_endpoint",
    ]


def test_what_says_the_same_stands_once(text: str) -> None:
    twice = text_of(
        draft_of("# P\n## Down\n```bash\nfly apps restart api\nfly machine restart 1 --app api\n```", "p.md")
    )

    assert "- {uses: restart, approval: one}  # p.md:4, 5" in twice


def test_two_people_are_asked_where_the_text_says_so() -> None:
    (option,) = options("- With two engineers:", "  ```bash", "  fly apps restart api", "  ```")

    assert option["approval"] == "two"


def test_code_to_change_stays_with_people() -> None:
    (option,) = options("```python", "POOL = 20", "```")

    assert option == {"manual": [{"do": "Do what the python of lines 6 to 6 says"}]}


def test_a_breaker_is_not_forced_in_a_new_process() -> None:
    text = text_of(draft_of("# P\n## Down\n**Fix:**\n```ts\nb.forceState('HALF_OPEN')\n```", "p.md"))

    assert "# a new process has another registry" in text


def test_a_switch_stands_in_the_catalogue(written: dict[str, Any], catalogue: dict[str, Any]) -> None:
    assert {"turn_off": "search", "approval": "one"} in written["scenarios"]["slow"]["options"]
    assert catalogue["services"]["shop-api"]["switches"]["search"]["off"] == "false"


def test_a_variable_of_the_build_is_set_where_the_site_is() -> None:
    document = "# P\n## Down\n```bash\nVITE_SALE=false\nnetlify deploy:restore 1\n```"

    catalogue = yaml.safe_load(catalogue_in(text_of(draft_of(document, "p.md"))))

    assert catalogue["services"]["site"]["switches"]["sale"]["uses"] == "netlify.set_config"


def test_a_call_is_made_at_the_service_itself(written: dict[str, Any], catalogue: dict[str, Any]) -> None:
    call = {"uses": "http.call", "with": {"method": "POST", "url": "/admin/cache/warm"}, "approval": "one"}

    assert call in written["scenarios"]["slow"]["options"]
    assert catalogue["services"]["shop-api"]["base"] == {
        "url": "https://api.shop.example",
        "bearer": "ADMIN_TOKEN",
    }


@pytest.mark.parametrize(
    ("where", "given"),
    [
        ("state = 'active' and now() - query_start > interval '5 minutes'", {"older_than": "5m"}),
        ("state = 'idle in transaction'", {"state": "idle in transaction"}),
        ("state != 'idle'", {}),
    ],
)
def test_queries_are_ended_as_the_statement_chooses_them(where: str, given: dict[str, str]) -> None:
    (option,) = options("```sql", "-- End them", "SELECT pg_terminate_backend(pid)", f"WHERE {where};", "```")

    assert (option["uses"], option.get("with", {})) == ("postgres.end_queries", given)


def test_idle_connections_are_not_ended() -> None:
    (option,) = options("```sql", "SELECT pg_terminate_backend(pid)", "WHERE state = 'idle';", "```")

    assert [*option] == ["manual"]


def test_what_is_called_normal_is_no_threshold() -> None:
    text = text_of(draft_of("# P\n## Errors\n**Symptoms:**\n- Error rate > 5% (normal: < 0.5%)", "p.md"))

    assert yaml.safe_load(text)["alerts"] == {"HighErrorRate": {"when": "metrics.error_rate > 0.05"}}


def test_a_call_to_another_host_stays_with_people() -> None:
    (option,) = options(*shell("curl -X POST https://hooks.chat.example/services/x"))

    assert [*option] == ["manual"]


@pytest.mark.parametrize(("above", "goes_back"), [("**Rollback:**", True), ("**Solutions:**", False)])
def test_a_named_release_goes_back_only_where_that_is_said(above: str, *, goes_back: bool) -> None:
    one = scenario(above, *shell("aws ecs update-service --cluster c --service api --task-definition api:7"))

    assert ("uses" in one["options"][0]) == goes_back


# Beside the scenarios


def test_templates_become_messages_with_fields(shop: PlaybookDraft) -> None:
    (message,) = shop.messages

    assert message.name == "investigating"
    assert message.text.splitlines() == [
        "We are looking into {{ incident }}, caused by {{ cause }}.",
        "Next update: {{ next_update }}. Ask [name].",
    ]
    assert message.unknown == ("name",)


def test_lists_are_kept(written: dict[str, Any]) -> None:
    assert written["follow_ups"] == {"24h": ["Timeline written", "Root cause named"]}
    assert written["checklists"] == {"handoff": ["Open incidents"]}


def test_contacts_links_and_pages_stand_in_the_catalogue(catalogue: dict[str, Any]) -> None:
    assert catalogue["contacts"] == {"Stripe support": "support@stripe.example"}
    assert catalogue["services"]["shop-api"]["links"] == {"Latency": "https://grafana.shop.example/latency"}
    assert catalogue["services"]["shop-api"]["depends_on"] == ["payments"]


def test_a_persons_address_stands_under_people_only(text: str, catalogue: dict[str, Any]) -> None:
    assert catalogue["people"]["jane-doe"] == {"email": "jane.doe@shop.example"}
    assert text.count("jane.doe@") == 1
    assert "Ask jane-doe" in text


def test_what_looks_like_a_secret_is_left_out_and_said(shop: PlaybookDraft, text: str) -> None:
    number = next(n for n, line in enumerate(SHOP.read_text().splitlines(), 1) if "sk_live" in line)

    assert "sk_live" not in text
    assert shop.hidden == (number,)
    assert f"# What looks like a secret was left out; it stands in shop.md:{number}." in text


def test_a_secret_in_what_people_type_is_left_out() -> None:
    assert "hunter2hunter2" not in str(options(*shell("mysql --password hunter2hunter2 -e x")))


def test_what_looks_like_an_expression_of_ours_is_a_text() -> None:
    (option,) = options(*shell("echo ${HOME}"))

    assert option["manual"][0]["type"] == "echo $${HOME}"


def test_what_does_not_say_where_it_runs_is_to_be_filled_in() -> None:
    text = text_of(draft_of("# P\n## Down\n**Symptoms:**\n- odd", "p.md"))

    assert "# no command says where it runs: write it here" in text
    assert yaml.safe_load(catalogue_in(text))["services"]["app"]["runs_on"]["app"] == "fill-in"


def test_a_document_without_incidents_has_no_scenarios() -> None:
    assert draft_of("# Notes\n\nNothing here.\n", "n.md").scenarios == ()


PIECES = (
    "# Playbook",
    "## Incidents",
    "### 502",
    "### Störung: Slow (p95 > 2s)",
    "#### Symptoms",
    "**Symptoms:**",
    "**Resolution:**",
    "**Option 1: Restart** (if recent deploy)",
    "- `ShopDown` alert: error rate >= 5% P1",
    "- If the database is down:",
    "  - Restart the service",
    "- [ ] A box",
    "| Severity | Response time |",
    "|---|---|",
    "| P1 | 15 min |",
    "```bash",
    "```",
    "fly logs --app api | grep 'a: b'",
    "fly machine restart $(fly machine list -q)",
    "NEXT_PUBLIC_X=false",
    "curl https://api.shop.example/health",
    "psql -c 'SELECT 1'",
    'echo "unclosed',
    "  ${HOME}: {not: yaml} # nor this",
    "",
)


@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_whatever_a_document_says_its_draft_is_a_playbook(pieces: list[str]) -> None:
    draft = draft_of("\n".join(pieces), "p.md")

    if draft.scenarios:
        WrittenPlaybook.model_validate(yaml.safe_load(text_of(draft)))
        Team.model_validate(yaml.safe_load(catalogue_in(text_of(draft))))
