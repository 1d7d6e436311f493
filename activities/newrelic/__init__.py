"""New Relic: one number by NRQL, read."""

from activities.integration import Credential, Integration, Proof
from activities.newrelic.client import NewRelic
from activities.newrelic.nrql import ReadNrql
from stanch.model.change import Target


async def prove(newrelic: NewRelic, _: Target) -> Proof:
    """The account's name: whoever may see the account may query it."""
    return Proof(f"account {await newrelic.name()} seen")


INTEGRATION = Integration(
    name="newrelic",
    connect=NewRelic.connect,
    settings=("region", "account"),
    readings=(ReadNrql,),
    vendor=True,
    credential=Credential(
        prove, made_by="API keys, Create a key, type User; account is the account's number"
    ),
)
