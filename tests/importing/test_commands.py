import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.importing.commands.table import KNOWN, PROGRAMS
from stanch.importing.meaning import MeaningKind
from tests.importing.reading import commands, meaning

CPU = (
    "aws cloudwatch get-metric-statistics --namespace AWS/ECS --metric-name CPU"
    " --dimensions Name=ServiceName,Value=api Name=ClusterName,Value=c --statistics Average,Maximum"
)
READINGS = [
    ("curl https://api.shop.example/health", "probe", {}),
    ("curl https://<payments>/health", "probe", {"url": "https://payments.fill-in.example/health"}),
    ("curl -sf https://shop.example/api/orders", "probe", {"url": "https://shop.example/api/orders"}),
    ("curl -s $API_URL/api/orders", "probe", {"url": "/api/orders"}),
    ("curl http://localhost:3000/orders", "probe", {"url": "/orders"}),
    ("curl https://<api-url>/orders", "probe", {"url": "/orders"}),
    ("curl https://<shop>/orders", "probe", {"url": "https://shop.fill-in.example/orders"}),
    ("curl -s $STORE_URL/stats", "probe", {"url": "https://store-url.fill-in.example/stats"}),
    (
        "curl -s https://shop.example/metrics | grep -E 'errors|p95'",
        "metrics.http",
        {"url": "https://shop.example/metrics", "pick": {"errors": "errors", "p95": "p95"}},
    ),
    (
        "watch -n 5 'curl -s https://shop.example/m | grep up'",
        "metrics.http",
        {"url": "https://shop.example/m", "pick": {"up": "up"}},
    ),
    ("curl https://status.edge.example/api/v2/status.json", "status.pages", {}),
    ("wscat -c wss://shop.example/ws", "probe.websocket", {"url": "https://shop.example/ws"}),
    ("dig shop.example", "probe.dns", {"url": "https://shop.example"}),
    ("psql $URL -c 'SELECT 1'", "status", {}),
    ("pg_isready -h db", "status", {}),
    ('psql -c "select * from pg_stat_activity"', "postgres.queries", {}),
    ('psql -c "select count(*) from pg_stat_activity"', "postgres.connections", {}),
    ('psql -c "select * from pg_stat_statements limit 5"', "postgres.slowest", {}),
    ("redis-cli -u $URL ping", "status", {}),
    ("redis-cli INFO memory", "status", {}),
    ('grep "timed out" logs/', "logs", {"count": {"timed_out": "timed out"}}),
    ("grep -iE 'oom|killed' /var/log/app.log | tail -5", "logs", {"count": {"oom_killed": "(?i)oom|killed"}}),
    (r"tail -f app.log | grep 'a\|b'", "logs", {"count": {"a_b": "a|b"}}),
    ("fly logs | grep count", "logs", {"count": {"count_lines": "count"}}),
    ("fly logs | grep null", "logs", {"count": {"null_lines": "null"}}),
    ("fly logs -a api | grep -v debug", "logs", {"count": {"error": "(?i)error"}}),
    ("heroku logs --tail -a api", "logs", {"count": {"error": "(?i)error"}}),
    ("heroku config -a api", "secrets", {}),
    ("heroku config:get DATABASE_URL -a api", "secrets", {}),
    ("heroku releases:info -a api", "releases", {}),
    ("aws logs tail /ecs/api --follow", "logs", {"count": {"error": "(?i)error"}}),
    ("aws logs filter-log-events --filter-pattern Timeout", "logs", {"count": {"timeout": "Timeout"}}),
    ("wrangler tail --format json | jq .", "logs", {"count": {"error": "(?i)error"}}),
    ("firebase functions:log --only api", "logs", {"count": {"error": "(?i)error"}}),
    ("gcloud logging read severity=ERROR", "logs", {"count": {"error": "(?i)error"}}),
    ("git log --oneline -10", "github.commits", {}),
    ("fly releases list --app api", "releases", {}),
    ("heroku releases -a api", "releases", {}),
    ("heroku releases:output", "release_output", {}),
    ("wrangler deployments list", "releases", {}),
    ("vercel ls", "releases", {}),
    ("vercel rollback status", "releases", {}),
    ("aws ecs describe-services --cluster c --services api", "status", {}),
    ("aws rds describe-db-instances", "status", {}),
    ("aws cloudwatch describe-alarms", "aws.alarms", {}),
    (
        CPU,
        "aws.metrics",
        {
            "namespace": "AWS/ECS",
            "metric": "CPU",
            "dimensions": {"ServiceName": "api", "ClusterName": "c"},
            "statistic": "Average",
        },
    ),
    ("fly status", "status", {}),
    ("flyctl machine list", "status", {}),
    ("heroku ps", "status", {}),
    ("fly secrets list", "secrets", {}),
    ("gcloud firestore backups list", "firestore.backups", {}),
    ("gcloud firestore operations list", "firestore.backups", {}),
]
VERBS = [
    ("firebase functions:rollback", "roll_back", {}),
    ("fly releases rollback <version>", "roll_back", {}),
    ("netlify deploy:restore <id>", "roll_back", {}),
    ("heroku rollback -a api", "roll_back", {}),
    ("heroku releases:rollback v12 -a api", "roll_back", {}),
    ("wrangler rollback --env production", "roll_back", {}),
    ("vercel rollback <url>", "roll_back", {}),
    ("aws ecs update-service --cluster c --service api --task-definition api:<previous>", "roll_back", {}),
    ("# Roll back\ngcloud run services update-traffic api --to-revisions=api-1=100", "roll_back", {}),
    ("firebase functions:config:set functions.memory=1GB", "scale", {"size": "+1"}),
    ("heroku restart -a api", "restart", {}),
    ("fly machine restart $(fly machine list --app api -q)", "restart", {}),
    ("aws ecs update-service --cluster c --service api --force-new-deployment", "restart", {}),
    ("aws rds reboot-db-instance --db-instance-identifier db", "restart", {}),
    ("fly scale count 3", "scale", {"count": 3}),
    ("fly scale vm shared-cpu-2x", "scale", {"size": "shared-cpu-2x"}),
    ("heroku ps:restart web.1 -a api", "restart", {}),
    ("git revert <bad-commit>", "roll_back", {}),
    ("heroku ps:scale web=4 -a api", "scale", {"count": 4}),
    ("heroku ps:scale web=2:standard-2x", "scale", {"count": 2, "size": "standard-2x"}),
    ("gcloud run services update api --memory 1GiB", "scale", {"size": "1Gi"}),
    ("aws ecs update-service --cluster c --service api --desired-count 4", "scale", {"count": 4}),
    ("wrangler deploy --var RATE_LIMIT=1000", "set", {"switch": "rate_limit", "value": 1000}),
    ("wrangler deploy --env production --restart", "cloudflare.redeploy", {}),
    (
        "wrangler hyperdrive update <ID> --max-connections=50",
        "cloudflare.set_hyperdrive_limit",
        {"connections": 50},
    ),
    ("wrangler kv key put --binding FLAGS feature:x false", "turn_off", {"switch": "feature_x"}),
    ("NEXT_PUBLIC_ENABLE_SALE=false", "turn_off", {"switch": "sale"}),
    ("VITE_FALLBACK=true", "turn_on", {"switch": "fallback"}),
    ("git revert HEAD", "roll_back", {}),
    (
        'psql -c "select pg_terminate_backend(pid) from pg_stat_activity"',
        "postgres.end_queries",
        {},
    ),
    ("fly secrets set API_KEY=x", "set_secret", {"key": "API_KEY", "value": {"secret": "API_KEY"}}),
    (
        "heroku config:set STRIPE_WEBHOOK_SECRET=x",
        "set_webhook_secret",
        {"key": "STRIPE_WEBHOOK_SECRET", "value": {"secret": "STRIPE_WEBHOOK_SECRET"}},
    ),
    (
        "npm run migrate:rollback --workspace=api",
        "run",
        {"command": "npm run migrate:rollback --workspace=api"},
    ),
    ("bundle exec rake db:rollback", "run", {"command": "bundle exec rake db:rollback"}),
    ("heroku run -a api -- rake cache:clear", "run", {"command": "rake cache:clear"}),
    ("heroku maintenance:on -a api", "heroku.maintenance", {"on": True}),
    ("redis-cli FLUSHALL", "redis.flush", {"pattern": "*", "everything": True}),
    ("curl -X POST $URL/api/cache/warm", "http.call", {"method": "POST", "url": "/api/cache/warm"}),
    (
        """curl -X PUT https://shop.example/limit -d '{"limit": 5}'""",
        "http.call",
        {"method": "PUT", "url": "https://shop.example/limit", "json": {"limit": 5}},
    ),
    (
        "gcloud firestore import gs://backups.example/a",
        "firestore.import_documents",
        {"source": "gs://backups.example/a"},
    ),
    ("vercel cache purge", "purge_cache", {}),
    (
        "aws cloudfront create-invalidation --distribution-id E1 --paths /index.html",
        "aws.purge_cache",
        {"distribution": "E1", "paths": ["/index.html"]},
    ),
]
LEFT_TO_PEOPLE = [
    "firebase deploy --only functions",
    "vercel promote <url>",
    "vercel env add KEY",
    "kubectl rollout undo deployment/api",
    "kubectl get pods",
    "heroku ps:scale web=0",
    "heroku ps:scale web=2 worker=1",
    "heroku run bash",
    "heroku run rake jobs:retry ID=<id>",
    "heroku config:set LOG_LEVEL=debug",
    "heroku pg:killall",
    "fly deploy --image registry.example/api:1",
    "fly ssh console",
    "fly scale count many",
    "fly scale count 5000",
    "fly secrets set A=1 B=2",
    "wrangler deploy",
    "wrangler deploy --var FEATURE_[NAME]=false",
    "wrangler hyperdrive update <ID> --max-connections=5000",
    "git push origin main",
    "git reset --hard HEAD~1",
    "npm run migrate:latest",
    "npm run build",
    "npm run migrate:rollback | tee out",
    'psql -c "delete from users"',
    "psql -c \"select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle'\"",
    'psql -c "[SQL QUERY]"',
    'psql -c "select * from users"',
    "redis-cli del sessions",
    "curl -X POST https://shop.example/api/webhooks/pay -d '{}'",
    "curl -X POST $URL/a -d '{\"user\": <id>}'",
    "curl -X POST $METRICS",
    "curl -X POST https://<api-url>/cache/warm",
    "curl -X DELETE http://localhost:3000/cache",
    "aws cloudwatch get-metric-statistics --namespace AWS/ECS --metric-name CPUUtilization",
    "curl https://shop.example/<path>",
    "curl https://$HOST/health",
    'grep "userId:USER_ID" logs/',
    "grep TODO src/main.py",
    "cat /etc/hosts",
    "fly logs | python3 count.py",
    "fly logs | xargs -n1 fly machine stop",
    "open https://shop.example/dashboard",
    "rm -rf /tmp/cache",
    "aws ecs update-service --cluster c --service api --desired-count 0",
    "aws ec2 describe-security-groups",
    "FOO=bar",
    "heroku ps:scale worker=2",
    "heroku ps:type worker=standard-2x",
    "heroku ps:restart worker.1",
    "heroku restart worker -a api",
    "fly scale count 3 --region fra",
    "fly scale count 3 --process-group worker",
    "fly scale vm shared-cpu-2x --process-group worker",
    "wrangler rollback --env staging",
    "heroku rollback -a shop-staging",
    "fly machine restart 1 --app test-api",
    "wrangler deploy --env dev --var LIMIT=5",
    "aws ecs update-service --cluster c --service api --desired-count 4 --force-new-deployment",
    "gcloud run services update api --memory 1Gi --image registry.example/api:2",
    "gcloud run services update api --memory lots",
    "redis-cli -n 3 flushdb",
    "git revert 1a2b3c4",
    "git revert --abort",
    "netlify status",
    "aws ecs update-service --cluster c --service api --task-definition api:8",
    "aws logs put-retention-policy --log-group-name /ecs/api --retention-in-days 7",
    "gcloud run services update-traffic api --to-latest",
    "fly secrets set KEY=VALUE",
    "fly scale memory 2048",
    "curl -X POST $SLACK_URL/services/x",
    "NEXT_PUBLIC_MODE=<mode>",
    'echo "$((1 + 1))"',
]


@pytest.mark.parametrize(("text", "uses", "arguments"), READINGS, ids=[row[0] for row in READINGS])
def test_a_command_that_looks_becomes_a_reading(text: str, uses: str, arguments: dict[str, object]) -> None:
    found = meaning(text)

    assert (found.kind, found.uses, found.arguments) == (MeaningKind.READING, uses, arguments)


@pytest.mark.parametrize(("text", "uses", "arguments"), VERBS, ids=[row[0] for row in VERBS])
def test_a_command_that_changes_something_becomes_a_verb(
    text: str, uses: str, arguments: dict[str, object]
) -> None:
    found = meaning(text)

    assert (found.kind, found.uses, found.arguments) == (MeaningKind.VERB, uses, arguments)


@pytest.mark.parametrize(
    "text",
    ["heroku logs --tail -a api", "heroku logs -t --app api", "fly logs -n -a api", "fly logs -n --app=api"],
)
def test_an_option_without_a_value_hides_no_app(text: str) -> None:
    place = meaning(text).place

    assert place is not None
    assert place.name == "api"


@pytest.mark.parametrize("text", LEFT_TO_PEOPLE)
def test_what_is_unknown_or_in_doubt_stays_with_people(text: str) -> None:
    assert meaning(text).kind is MeaningKind.MANUAL


def test_to_nothing_and_back_is_a_restart() -> None:
    found = commands("heroku ps:scale web=0 -a api\nheroku ps:scale web=2 -a api")

    assert [one.meaning.uses for one in found] == ["restart", "restart"]


def test_what_finishes_a_revert_belongs_to_it() -> None:
    found = commands("git revert HEAD --no-commit\ngit commit -m back\ngit push origin main")

    assert [one.meaning.uses for one in found] == ["roll_back"] * 3
    assert found[0].meaning.then is not None
    assert found[0].meaning.then.uses == "github.revert"


def test_an_import_is_preceded_by_an_export_and_asks_two() -> None:
    found = meaning("gcloud firestore import gs://[bucket]/[path]")

    assert found.before is not None
    assert (found.before.uses, found.approval) == ("firestore.export_documents", "two")


@pytest.mark.parametrize(
    "text", ["fly secrets set STRIPE_WEBHOOK_SECRET=x", "npm run db:rollback", "redis-cli flushdb"]
)
def test_what_is_grave_asks_two(text: str) -> None:
    assert meaning(text).approval == "two"


@pytest.mark.parametrize("text", [row[0] for row in VERBS])
def test_a_command_that_changes_something_says_why_it_is_not_done_as_written(text: str) -> None:
    found = meaning(text)

    assert found.because or found.uses == "http.call"


def test_nothing_of_a_secret_is_kept() -> None:
    assert "hush" not in repr(meaning("fly secrets set API_KEY=hush"))


def test_at_least_sixty_commands_are_known() -> None:
    assert len(KNOWN) >= 60


@given(st.sampled_from(sorted(PROGRAMS)), st.lists(st.text("ab-=:/<>$1", min_size=1, max_size=8), max_size=6))
def test_whatever_a_program_is_given_has_a_meaning(program: str, words: list[str]) -> None:
    for one in commands(" ".join([program, *words])):
        assert one.meaning.kind in MeaningKind
