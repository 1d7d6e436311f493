"""What accounts show to whoever looks around in them, over real sockets."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from activities import finding
from activities.finding import FoundAccount, FoundAddOn, FoundApp, looked_at
from activities.firebase.client import Firebase
from activities.integration import Surroundings
from activities.registry import integrations
from sandbox import Sandbox
from sandbox.aws.managed import Database
from sandbox.aws.scenes import alarm, api
from sandbox.aws.world import REGION, AwsWorld
from sandbox.base import SandboxBase
from sandbox.cloudflare.scenes import ACCOUNT as AT_CLOUDFLARE
from sandbox.cloudflare.scenes import WORKER, ZONE, pitchey
from sandbox.cloudflare.world import CloudflareWorld
from sandbox.faults import Fault, Trouble
from sandbox.firebase.keys import federation
from sandbox.firebase.scenes import PROJECT, packs
from sandbox.firebase.world import FirebaseWorld
from sandbox.fly.scenes import slurpy
from sandbox.fly.world import FlyWorld
from sandbox.heroku.scenes import gitquest
from sandbox.heroku.world import HerokuWorld
from sandbox.netlify.scenes import gitquest as frontend
from sandbox.prometheus.world import PrometheusWorld
from sandbox.server import serving
from sandbox.uptimerobot.scenes import slurpy as monitors
from sandbox.vendors import secrets, vendor
from sandbox.vercel.scenes import shop
from stanch.errors import Rejected, Unauthorized, Unavailable
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.firebase.test_credentials import another_key


def google(sandbox: Sandbox) -> None:
    """A project with a service of Cloud Run's own, and with alert policies."""
    packs(sandbox)
    project = sandbox.of(FirebaseWorld).projects[PROJECT]
    project.alert_policies.update({"Packs down": True, "Slow packs": True, "Retired": False})
    project.function("onPurchase").trigger = {"eventType": "google.cloud.firestore.document.v1.created"}
    wallet = project.run("wallet", "europe-west1")
    wallet.deployed(ago=timedelta(days=3))
    (container,) = wallet.template["containers"]
    container["livenessProbe"] = {"httpGet": {"path": "/healthz"}}
    container["env"].append({"name": "STRIPE_KEY", "valueSource": {"secretKeyRef": {"secret": "stripe"}}})
    wallet.scaling = {"minInstanceCount": 2}


SCENES: dict[str, Callable[..., None]] = {
    "fly": slurpy,
    "heroku": gitquest,
    "vercel": shop,
    "netlify": frontend,
    "cloudflare": pitchey,
    "aws": api,
    "firebase": google,
    "uptimerobot": monitors,
}

FIELDS = {"aws": {"region": REGION}}
"""What else has to be said of an account."""


def rules(sandbox: SandboxBase) -> None:
    sandbox.of(PrometheusWorld).alerting_rules = ["ApiDown", "QueueLong", "ApiDown"]


def sandbox_of(name: str) -> Sandbox:
    return Sandbox(SCENES.get(name, rules))


async def found_at(name: str, sandbox: Sandbox, tmp_path: Path, key: str = "") -> FoundAccount:
    """What the finder of that vendor finds there, with that credential or with one that opens everything."""
    (integration,) = integrations([name])
    kept = tmp_path / "token"
    kept.write_text(key or str(vendor(name).keys[0]))
    assert integration.finder
    sandbox.warm_up()
    async with serving(sandbox) as url:
        settings = Provider(token=f"file:{kept}", base_url=f"{url}/{name}", **FIELDS.get(name, {}))
        return await integration.finder.look(integration.connect(Surroundings(settings, Redactor())))


async def only_app(name: str, sandbox: Sandbox, tmp_path: Path) -> FoundApp:
    found = await found_at(name, sandbox, tmp_path)
    assert found.unread == ()
    (app,) = found.apps
    return app


async def test_fly_tells_machines_paths_of_checks_and_names_of_secrets(tmp_path: Path) -> None:
    app = await only_app("fly", sandbox_of("fly"), tmp_path)

    assert app == FoundApp(
        name="slurpy-backend",
        runs_on={"app": "slurpy-backend"},
        copies=2,
        base="https://slurpy-backend.fly.dev",
        health=("/healthz",),
        secrets=("CLERK_SECRET_KEY", "DATABASE_URL", "OPENAI_API_KEY"),
    )


async def test_an_app_at_fly_that_takes_no_visitors_has_no_address(tmp_path: Path) -> None:
    sandbox = sandbox_of("fly")
    for machine in sandbox.of(FlyWorld).apps["slurpy-backend"].machines.values():
        machine.config = {**machine.config, "services": []}

    app = await only_app("fly", sandbox, tmp_path)

    assert (app.copies, app.base, app.health) == (2, "", ())


async def test_a_database_of_flys_is_no_service_and_is_said(tmp_path: Path) -> None:
    sandbox = sandbox_of("fly")
    for machine in sandbox.of(FlyWorld).apps["slurpy-backend"].machines.values():
        machine.config = {**machine.config, "image": "registry.fly.io/flyio/postgres-flex:16"}

    found = await found_at("fly", sandbox, tmp_path)

    assert found == FoundAccount(unread=("slurpy-backend is a database of Fly's, and no service",))


async def test_heroku_tells_dynos_add_ons_and_names_of_config_vars(tmp_path: Path) -> None:
    sandbox = sandbox_of("heroku")
    sandbox.of(HerokuWorld).apps["gitquest-backend"].web_url = "https://gitquest-backend.herokuapp.example/"

    app = await only_app("heroku", sandbox, tmp_path)

    assert app.runs_on == {"app": "gitquest-backend", "process_type": "web"}
    assert app.copies == 2
    assert app.base == "https://gitquest-backend.herokuapp.example"
    assert {"DATABASE_URL", "STRIPE_WEBHOOK_SECRET"} <= {*app.secrets}
    assert {one.role for one in app.add_ons} <= {"database", "cache"}


async def test_an_app_of_herokus_newer_generation_says_so(tmp_path: Path) -> None:
    sandbox = sandbox_of("heroku")
    sandbox.of(HerokuWorld).apps["gitquest-backend"].generation = "fir"

    app = await only_app("heroku", sandbox, tmp_path)

    assert app.runs_on["generation"] == "fir"


async def test_vercel_tells_team_domain_and_names_of_variables(tmp_path: Path) -> None:
    app = await only_app("vercel", sandbox_of("vercel"), tmp_path)

    assert app.runs_on == {"project": "my-shop", "team": "team_sandbox", "domain": "shop.example"}
    assert app.copies is None
    assert app.base == "https://shop.example"
    assert "STRIPE_WEBHOOK_SECRET" in app.secrets


async def test_netlify_tells_sites_and_names_of_variables(tmp_path: Path) -> None:
    app = await only_app("netlify", sandbox_of("netlify"), tmp_path)

    assert app.runs_on == {"site": "gitquest"}
    assert app.base == "https://gitquest.example"
    assert app.secrets == ("API_BASE", "ENABLE_CHECKOUT", "STRIPE_WEBHOOK_SECRET")


async def test_cloudflare_tells_zones_hosts_names_of_variables_and_databases(tmp_path: Path) -> None:
    app = await only_app("cloudflare", sandbox_of("cloudflare"), tmp_path)

    assert app == FoundApp(
        name=WORKER,
        runs_on={"worker": WORKER, "account": AT_CLOUDFLARE, "zone": ZONE},
        base="https://pitchey.example",
        secrets=("ENVIRONMENT", "RATE_LIMIT", "SENDGRID_API_KEY"),
        add_ons=(FoundAddOn("database", "pitchey-db behind Hyperdrive", ("DB",)),),
    )


@pytest.mark.parametrize(
    ("pattern", "base"),
    [
        ("pitchey.example/*", "https://pitchey.example"),
        ("*pitchey.example/api/*", "https://pitchey.example/api"),
        ("https://pitchey.example/app", "https://pitchey.example/app"),
        ("*.pitchey.example/*", ""),
    ],
)
async def test_a_worker_behind_a_route_is_reached_where_the_route_names_one_host(
    pattern: str, base: str, tmp_path: Path
) -> None:
    sandbox = sandbox_of("cloudflare")
    world = sandbox.of(CloudflareWorld)
    world.zones[ZONE].domains.clear()
    world.add_route(ZONE, "pitchey.example/past-it")
    world.add_route(ZONE, pattern, WORKER)

    app = await only_app("cloudflare", sandbox, tmp_path)

    assert (app.base, app.runs_on["zone"]) == (base, ZONE)


@pytest.mark.parametrize(
    ("chosen", "is_on", "base"),
    [("team", True, f"https://{WORKER}.team.workers.dev"), ("team", False, ""), ("", True, "")],
)
async def test_a_worker_without_a_host_is_at_the_accounts_subdomain_or_nowhere(
    chosen: str, is_on: bool, base: str, tmp_path: Path
) -> None:
    sandbox = sandbox_of("cloudflare")
    world = sandbox.of(CloudflareWorld)
    world.zones.clear()
    world.workers[WORKER].on_subdomain = is_on
    world.subdomains.update({AT_CLOUDFLARE: chosen} if chosen else {})

    app = await only_app("cloudflare", sandbox, tmp_path)

    assert (app.base, app.runs_on) == (base, {"worker": WORKER, "account": AT_CLOUDFLARE})


async def test_a_token_of_cloudflares_that_reaches_nothing_finds_nothing(tmp_path: Path) -> None:
    key = "cf-sandbox-key-of-another-account"

    found = await found_at("cloudflare", sandbox_of("cloudflare"), tmp_path, key=key)

    assert found == FoundAccount()


@pytest.mark.parametrize("name", ["aws", "firebase"])
async def test_whoever_is_not_known_at_all_is_told_so_once(name: str, tmp_path: Path) -> None:
    key = {"aws": "AKIANOBODYKNOWS00000:a/secret+of/nobody", "firebase": another_key()}[name]

    with pytest.raises(Unauthorized):
        await found_at(name, sandbox_of(name), tmp_path, key=key)


async def test_accounts_that_are_not_listed_are_known_by_their_zones(tmp_path: Path) -> None:
    sandbox = sandbox_of("cloudflare")
    sandbox.order(Fault(status=403, path="/v4/accounts$", times=None))

    found = await found_at("cloudflare", sandbox, tmp_path)

    assert [app.name for app in found.apps] == [WORKER]
    assert len(found.unread) == 1
    assert "403" in found.unread[0]


def behind(kind: str, field: str, name: str) -> FoundAddOn:
    role, called = ("database", "RDS instance") if kind == "rds" else ("cache", "ElastiCache cluster")
    return FoundAddOn(role, f"the {called} {name}", runs_on={"provider": kind, field: name})


def unknown(store: str) -> str:
    return f"which service {store} is behind: no security group of it names one of a service"


def guarded(sandbox: Sandbox) -> AwsWorld:
    """The database lets in the group that services are in, and the cache somebody else's."""
    world = sandbox.of(AwsWorld)
    database, cache = "sg-0aa1aa1aa1aa1aa1a", "sg-0bb2bb2bb2bb2bb2b"
    world.databases["api-db"].groups, world.caches["sessions-001"].groups = (database,), (cache,)
    world.borrowed.put(lambda moto: moto.rules(database, 5432, "sg-0a1b2c3d4e5f6a7b8", REGION))
    world.borrowed.put(lambda moto: moto.rules(cache, 6379, database, REGION))
    return world


async def test_aws_tells_tasks_balancers_names_of_secrets_databases_and_alarms(tmp_path: Path) -> None:
    sandbox = sandbox_of("aws")
    guarded(sandbox)

    found = await found_at("aws", sandbox, tmp_path)

    assert found == FoundAccount(
        apps=(
            FoundApp(
                name="api",
                runs_on={"service": "api", "cluster": "production"},
                copies=2,
                base=f"http://api-1234567890.{REGION}.elb.amazonaws.example",
                health=("/healthz",),
                secrets=("DATABASE_URL", "STRIPE_WEBHOOK_SECRET"),
                add_ons=(behind("rds", "instance", "api-db"),),
            ),
        ),
        alerts=("api-5xx", "api-latency"),
        unread=(unknown("the ElastiCache cluster sessions-001"),),
    )


async def test_every_page_of_aws_is_read(tmp_path: Path) -> None:
    sandbox = sandbox_of("aws")
    world = guarded(sandbox)
    for number in range(101):
        name, timetable = f"db-{number}", world.databases["api-db"].timetable
        world.databases[name] = Database(name, timetable, groups=("sg-0cc3cc3cc3cc3cc3c",))
    for number in range(11):
        made = world.add(f"worker-{number}", "production")
        made.deployed(made.define(1), timedelta(days=1))

    found = await found_at("aws", sandbox, tmp_path)

    assert len(found.apps) == 12
    assert len([why for why in found.unread if why.startswith("which service the RDS instance db-")]) == 101


async def test_an_alarm_that_scaling_made_for_itself_wakes_nobody(tmp_path: Path) -> None:
    sandbox = sandbox_of("aws")
    sandbox.of(AwsWorld).borrowed.put(
        lambda moto: alarm(moto, "TargetTracking-service/production/api-AlarmHigh-1", "OK")
    )

    found = await found_at("aws", sandbox, tmp_path)

    assert found.alerts == ("api-5xx", "api-latency")


@pytest.mark.parametrize(
    ("scheme", "asks_by", "health"), [("internal", "HTTPS", ("/healthz",)), ("internal", "TCP", ())]
)
async def test_a_service_that_only_others_reach_has_no_address(
    scheme: str, asks_by: str, health: tuple[str, ...], tmp_path: Path
) -> None:
    sandbox = sandbox_of("aws")
    balancer = sandbox.of(AwsWorld).balancers["api"]
    balancer.scheme, balancer.asks_by = scheme, asks_by

    (app,) = (await found_at("aws", sandbox, tmp_path)).apps

    assert (app.base, app.health) == ("", health)


async def test_google_tells_functions_services_sites_data_and_alerts(tmp_path: Path) -> None:
    found = await found_at("firebase", sandbox_of("firebase"), tmp_path)

    firestore = FoundAddOn(
        "database", "Firestore's (default)", runs_on={"provider": "firestore", "project": PROJECT}
    )
    assert {app.name: (app.base, app.instances) for app in found.apps} == {
        "purchasePack": ("https://us-central1-ensei.cloudfunctions.example/purchasePack", (0, 100)),
        "wallet": ("https://wallet-abc123-uc.a.run.example", (2, 100)),
        "pack-admin": ("https://pack-admin--ensei.hosted.example", None),
        PROJECT: (f"https://{PROJECT}.web.example", None),
    }
    assert found.apps[1] == FoundApp(
        name="wallet",
        runs_on={"project": PROJECT, "region": "europe-west1", "service": "wallet"},
        instances=(2, 100),
        base="https://wallet-abc123-uc.a.run.example",
        health=("/healthz",),
        secrets=("STRIPE_KEY", "WALLET_KEY"),
        add_ons=(firestore,),
    )
    assert found.alerts == ("Packs down", "Slow packs")
    assert found.unread == (
        "nightlyReport: of the 1st generation, which only a deployment rolls back and restarts",
        "onPurchase: started by events, and no visitor's health tells how they are",
    )
    assert {app.kind.roll_back for app in found.apps if app.kind} == {
        "firebase.roll_back_hosting",
        "firebase.roll_back_app_hosting",
    }


async def test_an_api_of_googles_that_is_off_has_nothing_and_says_nothing(tmp_path: Path) -> None:
    sandbox = sandbox_of("firebase")
    sandbox.of(FirebaseWorld).projects[PROJECT].switched_off.add("Cloud Functions API")

    found = await found_at("firebase", sandbox, tmp_path)

    assert "purchasePack" not in [app.name for app in found.apps]
    assert found.unread == ()


async def test_a_project_is_looked_at_by_the_accounts_own_name_where_none_is_listed(tmp_path: Path) -> None:
    sandbox = sandbox_of("firebase")
    sandbox.order(Fault(status=403, path="/v1/projects$", times=None))

    found = await found_at("firebase", sandbox, tmp_path)

    assert {app.runs_on["project"] for app in found.apps} == {PROJECT}


async def test_a_federated_account_is_of_the_project_of_whom_it_acts_as(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(federation(str(tmp_path / "word")))
    settings = Provider(token=f"file:{tmp_path / 'key'}", base_url="http://127.0.0.1:1/firebase")

    firebase = Firebase.connect(Surroundings(settings, Redactor()))

    assert firebase.credentials.project == PROJECT


async def test_things_of_one_name_are_told_apart_by_region_and_kind(tmp_path: Path) -> None:
    sandbox = sandbox_of("firebase")
    project = sandbox.of(FirebaseWorld).projects[PROJECT]
    project.run("wallet", "us-east1").deployed()
    project.site("pack-admin")

    found = await found_at("firebase", sandbox, tmp_path)

    assert {"europe-west1-wallet", "us-east1-wallet", "us-central1-pack-admin", "site-pack-admin"} <= {
        app.name for app in found.apps
    }


async def test_uptimerobot_tells_what_each_monitor_looks_at(tmp_path: Path) -> None:
    watches = (await found_at("uptimerobot", sandbox_of("uptimerobot"), tmp_path)).watches

    assert watches
    assert all(one.also_on == {"monitor": one.name} and one.looks_at for one in watches)


async def test_prometheus_tells_each_alerting_rule_once(tmp_path: Path) -> None:
    found = await found_at("prometheus", sandbox_of("prometheus"), tmp_path)

    assert found.alerts == ("ApiDown", "QueueLong")


@pytest.mark.parametrize("name", ["fly", "heroku", "vercel", "netlify", "cloudflare", "aws", "firebase"])
async def test_what_is_found_holds_no_secret(name: str, tmp_path: Path) -> None:
    sandbox = sandbox_of(name)

    found = str(await found_at(name, sandbox, tmp_path))

    assert not [secret for secret in secrets(sandbox) if secret in found]


@pytest.mark.parametrize("name", ["fly", "heroku", "vercel", "netlify", "cloudflare", "uptimerobot"])
async def test_a_credential_that_is_not_accepted_is_said_once(name: str, tmp_path: Path) -> None:
    with pytest.raises(Unauthorized, match="401"):
        await found_at(name, sandbox_of(name), tmp_path, key="no credential of anybody's")


@pytest.mark.parametrize("status", [403, 404, 429, 500])
@pytest.mark.parametrize(
    ("name", "path"),
    [("fly", "/secrets$"), ("cloudflare", "/settings$"), ("aws", "/DescribeTaskDefinition$")],
)
async def test_what_one_question_is_refused_with_does_not_take_away_the_rest(
    name: str, path: str, status: int, tmp_path: Path
) -> None:
    sandbox = sandbox_of(name)
    whole = (await found_at(name, sandbox, tmp_path)).apps[0]
    sandbox.order(Fault(status=status, path=path, times=None))

    app = (await found_at(name, sandbox, tmp_path)).apps[0]

    assert (app.name, app.base, app.copies) == (whole.name, whole.base, whole.copies)
    assert (app.secrets, len(app.unread)) == ((), 1)
    assert str(status) in app.unread[0]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(status=404, times=None), Rejected),
        (Fault(status=429, times=None), Unavailable),
        (Fault(trouble=Trouble.GARBAGE, times=None), Unavailable),
        (Fault(trouble=Trouble.RESET, times=None), Unavailable),
    ],
    ids=["not found", "too many", "no JSON", "cut off"],
)
async def test_a_list_that_is_not_answered_is_raised(
    fault: Fault, expected: type[Exception], tmp_path: Path
) -> None:
    sandbox = sandbox_of("heroku")
    sandbox.order(fault.model_copy(update={"path": "/heroku/apps$"}))

    with pytest.raises(expected):
        await found_at("heroku", sandbox, tmp_path)


async def test_what_takes_too_long_is_named_and_the_others_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(finding, "WITHIN", finding.WITHIN / 400)
    bare = [FoundApp(name=name, runs_on={"app": name}) for name in ("quick", "slow")]

    async def look(app: FoundApp) -> FoundApp:
        await asyncio.sleep(0 if app.name == "quick" else 60)
        return app

    quick, slow = await looked_at(bare, look)

    assert quick.unread == ()
    assert slow.unread == ("not looked at within 0.1 s",)
