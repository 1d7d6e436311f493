"""Firestore: flags in documents, documents counted, and data exported, imported and restored."""

from activities.firestore.answers import Flag
from activities.firestore.client import Firestore, FirestoreTarget, database_of, name_of
from activities.firestore.count import ReadCount
from activities.firestore.export_documents import ExportDocuments
from activities.firestore.import_documents import ImportDocuments
from activities.firestore.readings import ReadBackups, ReadOperations
from activities.firestore.restore import Restore
from activities.firestore.set_flag import SetFlag
from activities.firestore.status import ReadStatus
from activities.google_credentials import keyless
from activities.integration import Credential, Integration, Proof
from stanch.model.change import Target
from stanch.model.verb import TargetSpec


async def prove(firestore: Firestore, target: Target) -> Proof:
    """A document read, operations and backups listed. Firestore lists no account's permissions (2026-11)."""
    await firestore.documents.held(target, Flag("health/ping", "ok"))
    operations = await firestore.administration.operations(name_of(target))
    backups = (await firestore.administration.backups(target.name)).of(database_of(target))
    return Proof(
        f"documents can be read, {len(operations)} operations and {len(backups)} backups seen;"
        " only a change would show whether it may write"
    )


INTEGRATION = Integration(
    name="firestore",
    connect=Firestore.connect,
    settings=("identity",),
    verbs=(SetFlag, ExportDocuments, ImportDocuments, Restore),
    readings=(ReadStatus, ReadCount, ReadOperations, ReadBackups),
    target=TargetSpec(FirestoreTarget, "project"),
    vendor=True,
    credential=Credential(
        prove,
        keyless=keyless,
        made_by=(
            "gcloud iam service-accounts keys create firestore.json --project={name}"
            " --iam-account=ACCOUNT, with roles/datastore.user; for imports and exports"
            " roles/datastore.importExportAdmin, for restores roles/datastore.restoreAdmin"
        ),
    ),
    offers_none={
        "releases": "a database has no releases",
        "secrets": "a database is told nothing in secret",
        "release_output": "a database has no releases",
        "roll_back": "a database has no releases; firestore.restore makes a new one of a backup",
        "scale": "Firestore scales by itself",
        "restart": "there is nothing to restart",
        "purge_cache": "Firestore has no cache",
        "run": "a database runs no commands",
        "set_secret": "a database has no variables",
        "set_webhook_secret": "a database has no variables",
    },
)
