"""Every rule by which something is not done, under one name each: it stands in errors, records and texts."""

from enum import StrEnum


class Rule(StrEnum):
    """Why not, in a word that a script can hold on to; the sentence beside it says the rest."""

    # Limits, asked of the store
    CHANGES_PER_HOUR = "changes-per-hour"
    COOL_DOWN = "cool-down"
    FREEZE = "freeze"
    ONE_AT_A_TIME = "one-at-a-time"
    PAUSED = "paused"
    STORE_AWAY = "store-away"
    UNOWNED = "unowned"

    # Deciding
    CONDEMNED = "condemned"
    EVIDENCE_MISSING = "evidence-missing"
    NOTHING_TO_DO = "nothing-to-do"
    NOT_COVERED = "not-covered"
    TRIED_ALREADY = "tried-already"
    VENDOR_DOWN = "vendor-down"
    VENDOR_ILL = "vendor-ill"

    # Doors
    AMBIGUOUS = "ambiguous"
    DECISION = "decision"
    TEMPORAL = "temporal"

    # Planning, at several vendors
    BEFORE_IS_ANOTHER = "before-is-another"
    CLUSTER_MODE = "cluster-mode"
    DEPLOYMENT_IN_PROGRESS = "deployment-in-progress"
    HOLDS_A_SECRET = "holds-a-secret"
    LARGEST_SIZE = "largest-size"
    NO_SUCH_DEPLOYMENT = "no-such-deployment"
    NO_SUCH_FLAG = "no-such-flag"
    NO_SUCH_RELEASE = "no-such-release"
    NOT_A_FLAG = "not-a-flag"
    NOT_A_VARIABLE = "not-a-variable"
    NOT_A_NUMBER = "not-a-number"
    NOTHING_RUNS = "nothing-runs"
    NOTHING_TO_RESTART = "nothing-to-restart"
    NOTHING_TO_ROLL_BACK_TO = "nothing-to-roll-back-to"
    NOTHING_TO_SCALE = "nothing-to-scale"
    SAME_SECRET = "same-secret"
    UNKNOWN_SIZE = "unknown-size"
    UNREADABLE = "unreadable"
    WEBHOOK_SECRET = "webhook-secret"

    # Planning, at aws
    CACHE_BUSY = "cache-busy"
    CIRCUIT_BREAKER = "circuit-breaker"
    DAEMON = "daemon"
    DATABASE_BUSY = "database-busy"
    DEPLOYMENT_CONTROLLER = "deployment-controller"
    INACTIVE_DEFINITION = "inactive-definition"
    NO_DISTRIBUTION = "no-distribution"
    NO_STANDBY = "no-standby"
    NO_SUCH_CLASS = "no-such-class"
    NO_SUCH_CONTAINER = "no-such-container"
    NOT_ACTIVE = "not-active"
    NOT_AT_ONCE = "not-at-once"
    NOT_HOSTED = "not-hosted"
    NOT_JSON = "not-json"
    NOTHING_IN_FORCE = "nothing-in-force"
    OTHER_FAMILY = "other-family"
    ROLLING_BACK = "rolling-back"
    WHICH_CONTAINER = "which-container"

    # Planning, at cloudflare
    LIMIT_UNKNOWN = "limit-unknown"
    MIGRATION_BETWEEN = "migration-between"
    NEWEST_NOT_DEPLOYED = "newest-not-deployed"
    NO_RANGE = "no-range"
    NO_SUCH_VERSION = "no-such-version"
    NO_ZONE = "no-zone"
    NOT_BOUND = "not-bound"
    NOT_VISITORS = "not-visitors"
    OTHER_RULE = "other-rule"
    RANGE_NOT_TAKEN = "range-not-taken"
    RANGE_TOO_LARGE = "range-too-large"
    RANGES_OVERLAP = "ranges-overlap"
    SECRETS_CHANGED = "secrets-changed"

    # Planning, at firebase
    DECIDED_ELSEWHERE = "decided-elsewhere"
    IMAGE_GONE = "image-gone"
    MANUAL_SCALING = "manual-scaling"
    NOT_OFFERED = "not-offered"
    NOT_THERE = "not-there"
    TRAFFIC_PINNED = "traffic-pinned"
    UNKNOWN_TRAFFIC = "unknown-traffic"
    WRONG_TYPE = "wrong-type"

    # Planning, at firestore
    DATABASE_EXISTS = "database-exists"
    EXPORT_IN_PROGRESS = "export-in-progress"
    IMPORT_IN_PROGRESS = "import-in-progress"
    NO_SUCH_BACKUP = "no-such-backup"
    NO_SUCH_FIELD = "no-such-field"
    OTHER_TYPE = "other-type"

    # Planning, at fly
    LESS_MEMORY = "less-memory"
    NEEDS_VOLUME = "needs-volume"
    TARGET_GREW = "target-grew"
    TARGET_MOVED = "target-moved"

    # Planning, at github
    ARCHIVED = "archived"
    ISSUES_DISABLED = "issues-disabled"
    NO_PULL_REQUEST = "no-pull-request"
    NO_SUCH_BRANCH = "no-such-branch"
    NOT_MERGED = "not-merged"
    NOTHING_TO_REVERT = "nothing-to-revert"

    # Planning, at heroku
    ANOTHER_TIER = "another-tier"
    BELONGS_TO_AN_ADD_ON = "belongs-to-an-add-on"
    NO_LASTING_NAMES = "no-lasting-names"
    NO_LOG_HISTORY = "no-log-history"
    NO_SLUG = "no-slug"
    NO_SUCH_CONFIG_VAR = "no-such-config-var"
    NO_WAY_BACK = "no-way-back"
    NOT_THAT_RELEASE = "not-that-release"
    TIER_LIMIT = "tier-limit"
    WHICH_DATABASE = "which-database"

    # Planning, at netlify
    AUTO_PUBLISHING_OFF = "auto-publishing-off"
    NEWER_COMMIT = "newer-commit"
    NO_SUCH_SPLIT_TEST = "no-such-split-test"
    NOT_BUILT_HERE = "not-built-here"
    NOT_FLAGGED = "not-flagged"

    # Planning, at postgres
    UNKNOWN_SESSION = "unknown-session"

    # Planning, at redis
    EVERYTHING = "everything"
    READ_REPLICA = "read-replica"
    TOO_LARGE = "too-large"
    TOO_MANY_KEYS = "too-many-keys"

    # Planning, at stripe
    CONNECT = "connect"
    NO_SUCH_ENDPOINT = "no-such-endpoint"
    OCCUPIED = "occupied"
    TOO_EARLY = "too-early"
    TOO_MANY_ENDPOINTS = "too-many-endpoints"
    TWO_ALREADY = "two-already"
    WOULD_LOSE_EVENTS = "would-lose-events"

    # Planning, at vercel
    AUTO_ASSIGN_OFF = "auto-assign-off"
    FLAG_ARCHIVED = "flag-archived"
    KEPT_BY_FLAGS = "kept-by-flags"
    NO_ROLLING_RELEASE = "no-rolling-release"
    NO_SUCH_VALUE = "no-such-value"


_IN_WORDS = {
    Rule.CHANGES_PER_HOUR: "too many changes",
    Rule.COOL_DOWN: "cool-down",
    Rule.FREEZE: "freeze",
    Rule.ONE_AT_A_TIME: "one change at a time",
    Rule.PAUSED: "kill switch",
    Rule.STORE_AWAY: "nobody can say what is allowed",
    Rule.UNOWNED: "nobody's target",
    Rule.CONDEMNED: "no way back to what was to be left",
    Rule.EVIDENCE_MISSING: "evidence is missing",
    Rule.NOTHING_TO_DO: "nothing to do",
    Rule.VENDOR_DOWN: "the vendor reports an outage",
    Rule.VENDOR_ILL: "the vendor does not answer",
    Rule.DEPLOYMENT_IN_PROGRESS: "somebody deploys",
}


def in_words(rule: str, because: str) -> str:
    """The reason, after the rule where that says more: `cool-down: fly:backend was changed; …`."""
    said = _IN_WORDS.get(Rule(rule)) if rule in set(Rule) else None
    return f"{said}: {because}" if said else because
