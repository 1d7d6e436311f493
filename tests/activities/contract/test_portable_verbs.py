"""Every provider's own verb takes what the name without a vendor promises."""

from typing import Any

import pytest
from pydantic import ValidationError

from activities.portable.verbs import PORTABLE_VERBS
from activities.registry import catalogue, integrations
from stanch.model.verb import PortableVerb, VerbSpec

KNOWN = catalogue()
OF_ALL = {verb.name: verb for verb in PORTABLE_VERBS}
NOT_BUILT = {}
"""What the vendor has, and Stanch has not."""
EXAMPLES: dict[str, tuple[dict[str, Any], ...]] = {
    "roll_back": ({}, {"release": ""}, {"release": "42"}, {"release": 42}),
    "restart": ({},),
    "scale": ({"count": 2}, {"count": {"at_least": 2}}, {"count": "+1"}, {"size": "+1"}),
    "run": ({"command": "npm run migrate:rollback"}, {"command": "bin/clean", "release": "42"}),
    "purge_cache": ({}, {"tags": ["home", "prices"]}),
    "set_secret": (
        {"key": "DATABASE_URL", "value": {"secret": "url"}},
        {"key": "DATABASE_URL", "value": {"secret": "url"}, "before": {"secret": "old"}},
    ),
    "set_webhook_secret": (
        {"key": "STRIPE_WEBHOOK_SECRET", "value": {"secret": "new"}},
        {"key": "STRIPE_WEBHOOK_SECRET", "value": {"secret": "new"}, "before": {"secret": "old"}},
    ),
}

own = [
    (OF_ALL[spec.name.partition(".")[2]], spec)
    for spec in KNOWN.verbs.values()
    if spec.name.partition(".")[2] in OF_ALL
]
every_own = pytest.mark.parametrize(("portable", "spec"), own, ids=[spec.name for _, spec in own])


@every_own
def test_what_all_take_each_of_them_takes(portable: PortableVerb, spec: VerbSpec) -> None:
    promised = portable.arguments.model_fields

    assert promised.keys() <= spec.arguments.model_fields.keys()
    assert {name for name, field in spec.arguments.model_fields.items() if field.is_required()} == {
        name for name, field in promised.items() if field.is_required()
    }
    for example in EXAMPLES[portable.name]:
        portable.arguments.model_validate(example)
        spec.arguments.model_validate(example)


@every_own
def test_what_nobody_knows_none_of_them_takes(portable: PortableVerb, spec: VerbSpec) -> None:
    example = {**EXAMPLES[portable.name][0], "nobody_knows": 1}

    with pytest.raises(ValidationError):
        spec.arguments.model_validate(example)


@pytest.mark.parametrize("part", [one for one in integrations() if one.target], ids=lambda part: part.name)
def test_where_something_runs_each_name_is_offered_or_it_is_said_why_not(part: Any) -> None:
    silent = {
        name
        for name in OF_ALL
        if f"{part.name}.{name}" not in KNOWN.verbs
        and (part.name, name) not in {*KNOWN.offers_none, *NOT_BUILT}
    }

    assert silent == set()


def test_no_vendor_has_what_it_is_said_to_have_none_of() -> None:
    assert not {f"{provider}.{name}" for provider, name in KNOWN.offers_none} & {
        *KNOWN.verbs,
        *KNOWN.readings,
    }


def test_what_is_said_not_to_be_built_is_not() -> None:
    assert not {f"{provider}.{name}" for provider, name in NOT_BUILT} & {*KNOWN.verbs}
