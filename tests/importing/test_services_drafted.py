"""Several apps in one document: whose an address, a page and a word of a severity are."""

from typing import Any

import yaml

from stanch.importing.draft_text import text_of
from stanch.importing.playbook_draft import draft_of
from tests.importing.test_drafts import catalogue_in

TWO_APPS = """\
# Runbook
## Severity levels
**Sev-1 (Critical):**
- The shop is down
- **Response Time:** Immediate
**Sev-2 (Major):**
- Something fails
- **Response Time:** 2 hours
## Incidents
### Errors
**Symptoms:**
- <https://status.payments.example/> is red
**Resolution:**
```bash
curl https://shop-3f9c.herokuapp.com/healthz
curl https://shop-staging.herokuapp.com/status
heroku restart -a shop
heroku restart -a shop
heroku ps -a shop-staging
fly status --app shop-db
fly machine restart 1 --app shop-db
```
### Try it first
**Resolution:**
```bash
heroku logs --tail -a shop-staging
heroku restart -a shop-staging
```
### The database
**Resolution:**
1. Look at it: `fly status --app shop-db`
2. Start it anew: `heroku config:set MODE=x -a shop`
"""


def draft() -> tuple[dict[str, Any], dict[str, Any]]:
    text = text_of(draft_of(TWO_APPS, "p.md"))
    return yaml.safe_load(text), yaml.safe_load(catalogue_in(text))


def test_an_address_is_that_of_the_app_whose_name_it_bears() -> None:
    _, catalogue = draft()

    services = catalogue["services"]
    assert services["shop"]["base"] == "https://shop-3f9c.herokuapp.com"
    assert services["shop"]["health"] == ["/healthz"]
    assert services["shop-staging"]["base"] == "https://shop-staging.herokuapp.com"


def test_what_is_read_of_another_app_is_not_read_of_the_main_one() -> None:
    written, _ = draft()

    first = written["scenarios"]["try-it-first"]
    assert written["defaults"]["service"] == "shop"
    assert first["opens_on"]["service"] == "shop-staging"
    assert first["look_at"] == ["lines"]


def test_what_is_done_where_things_are_tried_stays_with_people() -> None:
    written, _ = draft()

    (by_hand,) = written["scenarios"]["try-it-first"]["options"]
    assert by_hand == {"manual": [{"do": "Run this", "type": "heroku restart -a shop-staging"}]}


def test_an_app_that_nobody_asks_by_http_depends_on_no_page() -> None:
    _, catalogue = draft()

    depending = {name for name, one in catalogue["services"].items() if "depends_on" in one}
    assert depending == {"shop", "shop-staging"}


def test_labels_are_severities_where_the_heading_speaks_of_them() -> None:
    written, _ = draft()

    assert written["severities"] == {
        "Sev-1": {"rank": "critical"},
        "Sev-2": {"rank": "high", "respond_within": "2h"},
    }


def test_what_is_typed_does_not_stand_in_what_is_said_of_it() -> None:
    written, _ = draft()

    (by_hand,) = (one["manual"] for one in written["scenarios"]["the-database"]["options"])
    assert by_hand == [{"do": "Start it anew", "type": "heroku config:set MODE=x -a shop"}]


def test_a_correction_names_the_command_without_its_options() -> None:
    text = text_of(draft_of(TWO_APPS, "p.md"))

    assert "# heroku restart: one at a time" in text
