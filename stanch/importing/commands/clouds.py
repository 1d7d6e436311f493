"""What is typed at AWS, Google and Firebase, and at Kubernetes, which nothing here reaches."""

import re

from stanch.importing.commands.log_lines import logs
from stanch.importing.invocation import Invocation, is_placeholder
from stanch.importing.meaning import (
    CommandMeaning,
    KnownCommand,
    MeaningKind,
    Reads,
    ServicePlace,
    at,
    does,
    looks,
    looks_instead,
    manual,
    stays,
)

_LOOKED_UP = "the earlier release is looked up, and has to be one that can still run"
_GOES_BACK = re.compile(
    r"roll(?:ing|ed)?[- ]?back|revert|previous|earlier|last[- ](?:known|good)", re.IGNORECASE
)
_DIMENSION = re.compile(r"Name=(?P<name>\w+),Value=(?P<value>[^,\s$]+)")
_NO_SUCH = "there is no such command; traffic goes back to the earlier revision"
_NEVER_MEMORY = "it never set memory"
_WITHIN = "within the limits of the service"
_WRONG_OBJECT = "operations are no backups"
_OVERWRITES = "an import is written over what stands: what stands is exported first, and two people agree"
_KUBERNETES = "nothing reaches Kubernetes yet"
_BOTH = "its connections are cut, so two people agree"
CHOSEN = "${asked.from}"
"""What whoever opens the scenario chooses."""
_MORE_THAN_SIZE = (
    "--image",
    "--source",
    "--set-env-vars",
    "--update-env-vars",
    "--no-traffic",
    "--entry-point",
)
_MOST = 50


def _named(word: str) -> str:
    return "" if is_placeholder(word) or "$" in word else word


def _ecs(reads: Reads) -> Reads:
    return at(_place_of_ecs, reads)


def _place_of_ecs(typed: Invocation) -> ServicePlace | None:
    service = _named(typed.option("--service", "--services"))
    cluster = _named(typed.option("--cluster"))
    return (
        ServicePlace("aws", service, {"cluster": cluster, "service": service})
        if service and cluster
        else None
    )


def _google(reads: Reads) -> Reads:
    return at(_place_of_google, reads)


def _place_of_google(typed: Invocation) -> ServicePlace | None:
    project = _named(typed.option("--project"))
    function = _named(typed.option("--only").rpartition(":")[2])
    name = function if function and function != "functions" else "functions"
    fields = {"project": project, **({"function": function} if function and function != "functions" else {})}
    return ServicePlace("firebase", name, fields) if project else None


def _back(typed: Invocation) -> CommandMeaning:
    """A release is named, which may be newer as well: only what says that it goes back does."""
    said = f"{typed.command.text} {typed.command.said} {typed.command.about}"
    if not _GOES_BACK.search(said) or typed.has("--to-latest"):
        return manual("it may go forward as well as back")
    return CommandMeaning(MeaningKind.VERB, "roll_back", because=_LOOKED_UP)


def _scaled(option: str, least: int = 1) -> Reads:
    """As many copies as an option says."""

    def read(typed: Invocation) -> CommandMeaning | None:
        if typed.has("--force-new-deployment", *_MORE_THAN_SIZE):
            return manual("it changes more than the number of copies")
        count = typed.option(option)
        if not count.isdigit() or not least <= int(count) <= _MOST:
            return manual("no copy at all is an outage") if count == "0" else None
        return CommandMeaning(MeaningKind.VERB, "scale", {"count": int(count)}, because=_WITHIN)

    return read


def _memory(typed: Invocation) -> CommandMeaning | None:
    if typed.has(*_MORE_THAN_SIZE):
        return manual("it changes more than the memory")
    size = typed.option("--memory")
    if not re.fullmatch(r"\d+[MG](?:i?B|i)?", size):
        return None
    size = re.sub(r"([MG])(?:i?B|i)?$", r"\1i", size)
    return CommandMeaning(MeaningKind.VERB, "scale", {"size": size}, because=_WITHIN)


def _of_runtime_config(typed: Invocation) -> CommandMeaning | None:
    if not any(re.match(r"functions\.memory=", word) for word in typed.names):
        return None
    return CommandMeaning(MeaningKind.VERB, "scale", {"size": "+1"}, because=_NEVER_MEMORY)


def _import(typed: Invocation) -> CommandMeaning | None:
    """An export of what stands, then the import: where from, whoever opens the scenario chooses."""
    source = next((name for name in typed.names if name.startswith("gs://")), "")
    if not source:
        return None
    bucket = source.removeprefix("gs://").partition("/")[0]
    kept = {"bucket": f"gs://{'fill-in' if is_placeholder(bucket) else bucket}/before-import"}
    before = CommandMeaning(MeaningKind.VERB, "firestore.export_documents", kept, "documents")
    given = {"source": CHOSEN if is_placeholder(source) else source}
    return CommandMeaning(
        MeaningKind.VERB,
        "firestore.import_documents",
        given,
        because=_OVERWRITES,
        approval="two",
        target="documents",
        before=before,
    )


def _invalidation(typed: Invocation) -> CommandMeaning | None:
    distribution = _named(typed.option("--distribution-id"))
    paths = [path for path in typed.options("--paths") if path.startswith("/")]
    if not distribution or not paths:
        return None
    given = {"distribution": distribution, "paths": paths}
    return CommandMeaning(MeaningKind.VERB, "aws.purge_cache", given, because="these paths, and no others")


def _groups(typed: Invocation) -> CommandMeaning | None:
    groups = [group for group in typed.options("--group-ids") if _named(group)]
    return CommandMeaning(MeaningKind.READING, "aws.security_groups", {"groups": groups}) if groups else None


def _statistics(typed: Invocation) -> CommandMeaning | None:
    """One number of CloudWatch, of the dimensions that are named."""
    named = (_DIMENSION.fullmatch(word) for word in typed.command.words)
    dimensions = {found["name"]: found["value"] for found in named if found}
    namespace, metric = typed.option("--namespace"), typed.option("--metric-name")
    statistic = typed.option("--statistics").partition(",")[0]
    if not (namespace and metric and dimensions) or any(is_placeholder(each) for each in dimensions.values()):
        return None
    given = {"namespace": namespace, "metric": metric, "dimensions": dimensions}
    more = {"statistic": statistic} if statistic.isalpha() else {}
    return CommandMeaning(MeaningKind.READING, "aws.metrics", {**given, **more})


_OF_AWS = (
    KnownCommand("aws logs tail", logs),
    KnownCommand("aws logs filter-log-events", logs),
    KnownCommand("aws logs get-log-events", logs),
    KnownCommand("aws logs start-query", logs),
    KnownCommand("aws ecs update-service", _ecs(_back), ("--task-definition",)),
    KnownCommand("aws ecs update-service", _ecs(_scaled("--desired-count")), ("--desired-count",)),
    KnownCommand(
        "aws ecs update-service", _ecs(does("restart", "one at a time")), ("--force-new-deployment",)
    ),
    KnownCommand("aws ecs describe-services", _ecs(looks("status"))),
    KnownCommand("aws ecs wait services-stable", _ecs(looks("status"))),
    KnownCommand("aws ecs list-tasks", looks("status")),
    KnownCommand("aws ecs describe-tasks", looks("status")),
    KnownCommand("aws ecs list-service-deployments", _ecs(looks("releases"))),
    KnownCommand("aws ecs list-task-definitions", looks("releases")),
    KnownCommand("aws elbv2 describe-target-health", looks("status")),
    KnownCommand("aws rds describe-db-instances", looks("status", "database")),
    KnownCommand("aws rds reboot-db-instance", does("restart", _BOTH, "database", "two")),
    KnownCommand("aws elasticache describe-cache-clusters", looks("status", "cache")),
    KnownCommand("aws elasticache reboot-cache-cluster", does("restart", _BOTH, "cache", "two")),
    KnownCommand("aws cloudwatch describe-alarms", looks("aws.alarms")),
    KnownCommand("aws cloudwatch get-metric-statistics", _statistics),
    KnownCommand("aws ec2 describe-security-groups", _groups),
    KnownCommand("aws cloudfront create-invalidation", _invalidation),
)
_OF_GOOGLE = (
    KnownCommand("firebase functions:rollback", _google(does("roll_back", _NO_SUCH))),
    KnownCommand("firebase functions:log", _google(logs)),
    KnownCommand("firebase functions:list", _google(looks("status"))),
    KnownCommand("firebase functions:config:set", _google(_of_runtime_config)),
    KnownCommand("firebase deploy", stays("it deploys the working tree, whatever that is")),
    KnownCommand("gcloud firestore operations list", looks_instead("firestore.backups", _WRONG_OBJECT)),
    KnownCommand("gcloud firestore backups list", looks("firestore.backups")),
    KnownCommand("gcloud firestore import", _import),
    KnownCommand("gcloud logging read", logs),
    KnownCommand("gcloud functions logs read", logs),
    KnownCommand("gcloud run services logs read", logs),
    KnownCommand("gcloud run services logs tail", logs),
    KnownCommand("gcloud run services describe", _google(looks("status"))),
    KnownCommand("gcloud functions describe", _google(looks("status"))),
    KnownCommand("gcloud run revisions list", _google(looks("releases"))),
    KnownCommand("gcloud run services update-traffic", _google(_back)),
    KnownCommand("gcloud run services update", _google(_memory), ("--memory",)),
    KnownCommand("gcloud run services update", _google(_scaled("--min-instances")), ("--min-instances",)),
    KnownCommand("gcloud functions deploy", _google(_memory), ("--memory",)),
)
_OF_KUBERNETES = (KnownCommand("kubectl", stays(_KUBERNETES)), KnownCommand("helm", stays(_KUBERNETES)))
KNOWN = (*_OF_AWS, *_OF_GOOGLE, *_OF_KUBERNETES)
