"""Worlds on Firebase, each as it stands just before somebody is woken."""

from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.firebase.world import FirebaseWorld

if TYPE_CHECKING:
    from sandbox.world import Sandbox

PROJECT = "ensei-example"
FLAG = "enable_pack_purchase"


def packs(sandbox: "Sandbox") -> None:
    """The newest revision of purchasePack fails since seven minutes; its flag is on, for iOS by the app."""
    project = sandbox.of(FirebaseWorld).add(PROJECT)
    service = project.function("purchasePack").service
    if service is None:
        raise LookupError(PROJECT)
    for ago in (timedelta(days=9), timedelta(days=2)):
        service.deployed(ago=ago)
    bad = service.deployed(good=False, ago=timedelta(minutes=7))
    project.function("nightlyReport", generation=1)
    for number in range(12):
        text = f"CRITICAL_PURCHASE_ERROR clientRequestId=ab{number}"
        service.journal.say(
            text, service.id, bad.id, severity="ERROR", ago=timedelta(seconds=30 * number + 20)
        )
    fields = {"clientRequestId": "cd1", "latencyMs": 1800}
    later = {"ago": timedelta(minutes=2), "fields": fields}
    service.journal.say("pack_purchase_failed", service.id, bad.id, severity="ERROR", **later)
    numbers = {"p95_ms": 1850.0, "memory": 0.97}
    service.measure(timedelta(minutes=6), {"2xx": 600, "5xx": 40}, starts=9, **numbers)
    service.measure(timedelta(minutes=4), {"2xx": 500, "4xx": 12, "5xx": 48}, starts=5, **numbers)
    site = project.site(PROJECT)
    for ago, good in ((timedelta(days=5), True), (timedelta(days=1), True), (timedelta(minutes=9), False)):
        site.release(site.upload(good=good, ago=ago), ago)
    backend = project.backend("pack-admin")
    for ago, good in ((timedelta(days=6), True), (timedelta(days=1), True), (timedelta(minutes=8), False)):
        backend.rolled_out(backend.build(good=good), ago)
    _flags(sandbox)
    sandbox.add_service("pack-admin", backend)
    sandbox.add_service("packs", service)
    sandbox.add_service("pack-site", site)


def _flags(sandbox: "Sandbox") -> None:
    project = sandbox.of(FirebaseWorld).projects[PROJECT]
    project.databases.append("(default)")
    purchase = {
        "defaultValue": {"value": "true"},
        "conditionalValues": {"ios": {"useInAppDefault": True}},
        "description": "kill switch",
        "valueType": "BOOLEAN",
    }
    entitlements = {"defaultValue": {"value": "true"}, "valueType": "BOOLEAN"}
    content = {
        "conditions": [{"name": "ios", "expression": "device.os == 'ios'", "tagColor": "BLUE"}],
        "parameters": {
            FLAG: purchase,
            "packs_per_page": {"defaultValue": {"value": "12"}, "valueType": "NUMBER"},
        },
        "parameterGroups": {"sections": {"parameters": {"show_active_entitlements": entitlements}}},
    }
    project.templates["client"].publish({**content, "parameterGroups": {}}, timedelta(days=20), number=85)
    project.templates["client"].publish(content, timedelta(days=20))
    project.templates["server"].publish(
        {"parameters": {FLAG: {**entitlements}}}, timedelta(days=20), number=4
    )


def crowded(sandbox: "Sandbox") -> None:
    """Every revision is good; its instances need more memory than they have."""
    packs(sandbox)
    for revision in (
        sandbox.of(FirebaseWorld).projects[PROJECT].services["us-central1/purchasepack"].revisions
    ):
        revision.good = True
