import httpx
import pytest
from pydantic import ValidationError

from activities.cloudflare.block import Block
from activities.cloudflare.client import Cloudflare
from activities.cloudflare.purge_cache import PurgeArguments, PurgeCache
from activities.cloudflare.ranges import how_many, network, same
from activities.cloudflare.set_hyperdrive_limit import LimitArguments, SetHyperdriveLimit
from sandbox.cloudflare.scenes import ACCOUNT, DATABASE, WORKER, ZONE, starved
from sandbox.cloudflare.worker import Worker
from sandbox.cloudflare.world import CloudflareWorld
from sandbox.faults import Fault, Trouble
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, Rejected
from stanch.model.change import Target
from stanch.model.verb import Approval
from tests.activities.cloudflare.cases import ATTACKER, OTHER
from tests.activities.cloudflare.working import answered_by, carried_out, operations, planned
from tests.activities.contract.bench import Line
from tests.activities.contract.case import MARKER

WITHOUT_A_ZONE = Target(provider="cloudflare", name=WORKER, at={"worker": WORKER, "account": ACCOUNT})
NOTES = f"stanch {MARKER} until 2026-11-21T09:00:00Z"


@pytest.fixture
def block(cloudflare: Cloudflare) -> Block:
    return Block(cloudflare)


@pytest.fixture
def purge(cloudflare: Cloudflare) -> PurgeCache:
    return PurgeCache(cloudflare)


@pytest.fixture
def limit(cloudflare: Cloudflare) -> SetHyperdriveLimit:
    return SetHyperdriveLimit(cloudflare)


def rules_of(world: CloudflareWorld) -> list[tuple[str, str, str, str]]:
    return [(one.target, one.value, one.mode, one.notes) for one in world.zones[ZONE].rules]


async def test_each_range_gets_a_rule_that_says_whose_it_is_and_until_when(
    world: CloudflareWorld, block: Block
) -> None:
    ranges = [ATTACKER, OTHER, "2001:db8:1::/64", "2001:db8::7"]
    change = await planned(block, ranges=ranges, lasting="6h")

    await carried_out(block, change)

    assert rules_of(world) == [
        ("ip_range", "198.51.100.0/24", "block", NOTES),
        ("ip", "203.0.113.7", "block", NOTES),
        ("ip_range", "2001:db8:1::/64", "block", NOTES),
        ("ip6", "2001:db8::7", "block", NOTES),
    ]


async def test_a_block_says_that_cloudflare_never_lifts_it_by_itself(block: Block) -> None:
    change = await planned(block, ranges=[ATTACKER], lasting="6h")

    assert any("2026-11-21T09:00:00Z" in effect and "revert_after" in effect for effect in change.effects)
    assert "256 IPv4 addresses" in change.because
    assert Block.spec.floor is Approval.ONE


async def test_a_challenge_instead_of_a_block(world: CloudflareWorld, block: Block) -> None:
    await carried_out(block, await planned(block, ranges=[ATTACKER], mode="managed_challenge"))

    assert rules_of(world)[0][2] == "managed_challenge"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("0.0.0.0/0", "range-too-large"),
        ("198.0.0.0/8", "range-too-large"),
        ("198.50.0.0/15", "range-too-large"),
        ("::/0", "range-too-large"),
        ("2001:db8::/32", "range-too-large"),
        ("10.1.2.0/24", "not-visitors"),
        ("192.168.0.0/16", "not-visitors"),
        ("172.20.0.0/16", "not-visitors"),
        ("127.0.0.1", "not-visitors"),
        ("100.64.7.7", "not-visitors"),
        ("169.254.169.254", "not-visitors"),
        ("224.0.0.1", "not-visitors"),
        ("255.255.255.255", "not-visitors"),
        ("0.0.0.7", "not-visitors"),
        ("::1", "not-visitors"),
        ("::ffff:10.0.0.1", "not-visitors"),
        ("fd00::/48", "not-visitors"),
        ("fe80::1", "not-visitors"),
        ("198.51.100.0/25", "range-not-taken"),
        ("198.51.96.0/20", "range-not-taken"),
        ("2001:db8::/56", "range-not-taken"),
        ("198.51.100.7/24", "no-range"),
        ("pitchey.example", "no-range"),
    ],
)
async def test_what_no_attacker_has_or_no_rule_takes_is_refused(
    block: Block, line: Line, text: str, rule: str
) -> None:
    with pytest.raises(PolicyError) as refused:
        await planned(block, ranges=[OTHER, text])

    assert (refused.value.rule, line.writes) == (rule, 0)


async def test_ranges_that_overlap_are_refused(block: Block) -> None:
    with pytest.raises(PolicyError, match="ranges-overlap"):
        await planned(block, ranges=[ATTACKER, "2001:db8::7", "198.51.100.7"])


async def test_the_same_range_twice_is_one_rule(block: Block) -> None:
    change = await planned(block, ranges=[ATTACKER, ATTACKER, "2001:DB8::7", "2001:db8:0::7"])

    assert [unit.id for unit in change.units] == [ATTACKER, "2001:db8::7"]


async def test_a_worker_without_a_zone_has_no_edge_to_block_at(block: Block) -> None:
    with pytest.raises(PolicyError, match="no-zone"):
        await planned(block, target=WITHOUT_A_ZONE, ranges=[ATTACKER])


@pytest.mark.parametrize("mode", ["whitelist", "challenge"])
async def test_a_rule_of_somebody_else_that_says_otherwise_is_left_to_people(
    world: CloudflareWorld, block: Block, mode: str
) -> None:
    world.add_rule(ZONE, ATTACKER, mode, "ana: our partner")

    with pytest.raises(PolicyError, match="ana: our partner"):
        await planned(block, ranges=[ATTACKER])


async def test_the_undo_takes_back_exactly_our_rules(world: CloudflareWorld, block: Block) -> None:
    world.add_rule(ZONE, OTHER, notes="ana: attack of last week")
    world.add_rule(ZONE, "192.0.2.0/24", notes=NOTES)
    change = await planned(block, ranges=[ATTACKER, OTHER], lasting="6h")
    await carried_out(block, change)
    assert [unit.id for unit in change.units] == [ATTACKER]

    await carried_out(block, change.undone())

    assert [value for _, value, _, _ in rules_of(world)] == [OTHER, "192.0.2.0/24"]


async def test_a_rule_of_ours_that_somebody_already_lifted_needs_no_undo(
    sandbox: Sandbox, world: CloudflareWorld, block: Block
) -> None:
    change = await planned(block, ranges=[ATTACKER])
    await carried_out(block, change)
    world.zones[ZONE].rules.clear()

    assert await carried_out(block, change.undone()) == set()
    assert operations(sandbox) == ["create_rule"]


async def test_ours_is_found_beside_a_rule_of_the_whole_account(world: CloudflareWorld, block: Block) -> None:
    change = await planned(block, ranges=[ATTACKER])
    await carried_out(block, change)
    accounts = world.add_rule(ZONE, ATTACKER, notes="of the account", scope="organization")
    world.zones[ZONE].rules.reverse()

    assert await carried_out(block, change) == set()

    await block.write(change.undone(), change.undone().units[0])
    assert world.zones[ZONE].rules == [accounts]


async def test_our_rule_is_found_on_whichever_page_it_is() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        page, most = int(request.url.params["page"]), int(request.url.params["per_page"])
        rule = {
            "id": f"rule-{page}",
            "mode": "block",
            "notes": f"on page {page}",
            "configuration": {"target": "ip", "value": OTHER},
        }
        body = {"success": True, "result": [rule], "result_info": {"total_count": 2 * most + 1}}
        return httpx.Response(200, json=body)

    cloudflare = answered_by(httpx.MockTransport(answer))
    target = Target(provider="cloudflare", name=WORKER, at={"account": ACCOUNT, "zone": ZONE})

    found = await cloudflare.rules(target, OTHER)

    assert [rule.notes for rule in found] == ["on page 1", "on page 2", "on page 3"]


async def test_a_rule_that_somebody_made_in_the_same_moment_is_looked_at_again(
    world: CloudflareWorld, block: Block, line: Line
) -> None:
    change = await planned(block, ranges=[ATTACKER])
    line.before(1, lambda: world.add_rule(ZONE, ATTACKER, notes="ana, a moment earlier"))

    with pytest.raises(Moved, match="a moment earlier"):
        await carried_out(block, change)

    assert len(world.zones[ZONE].rules) == 1


async def test_a_duplicate_that_no_list_shows_is_said_and_not_tried_for_ever(
    sandbox: Sandbox, world: CloudflareWorld, block: Block
) -> None:
    change = await planned(block, ranges=[ATTACKER])
    world.add_rule(ZONE, ATTACKER)
    sandbox.order(Fault(trouble=Trouble.EMPTY_LIST, method="GET", times=None))

    with pytest.raises(Rejected, match="duplicate_of_existing"):
        await carried_out(block, change)


async def test_what_a_person_types_makes_the_rule_and_finds_it_again_by_its_notes(block: Block) -> None:
    change = await planned(block, ranges=[ATTACKER], lasting="6h")

    (forth,), (back,) = block.commands(change), block.commands(change.undone())

    assert f'"notes": "{NOTES}"' in forth
    assert f'select(.notes == "{NOTES}")' in back
    assert "-X DELETE" in back


@pytest.mark.parametrize(
    "wrong", [{"ranges": []}, {"ranges": ["192.0.2.1"] * 21}, {"lasting": "31d"}, {"lasting": "1m"}]
)
async def test_a_block_has_ranges_and_an_end(block: Block, wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        await planned(block, **{"ranges": [ATTACKER], **wrong})


def test_addresses_are_the_same_however_they_are_spelled() -> None:
    assert same("2001:0db8:0000::/64", "2001:db8::/64")
    assert not same("198.51.100.0/24", "AS64500")
    assert how_many([network(ATTACKER), network(OTHER), network("2001:db8::/48")]) == (
        "257 IPv4 addresses and 1 IPv6 ranges"
    )


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        ({}, {"purge_everything": True}),
        ({"tags": ["home", "pitches"]}, {"tags": ["home", "pitches"]}),
        ({"urls": ["https://pitchey.example/a?b=c"]}, {"files": ["https://pitchey.example/a?b=c"]}),
        ({"prefixes": ["pitchey.example/images"]}, {"prefixes": ["pitchey.example/images"]}),
    ],
)
async def test_exactly_what_was_named_is_purged(
    world: CloudflareWorld, purge: PurgeCache, arguments: dict[str, object], body: dict[str, object]
) -> None:
    await carried_out(purge, await planned(purge, **arguments))

    assert world.zones[ZONE].purges == [body]


@pytest.mark.parametrize(
    "wrong",
    [
        {"everything": True},
        {"tags": ["home"], "prefixes": ["pitchey.example/images"]},
        {"tags": ["t"] * 101},
        {"urls": ["pitchey.example/a"]},
    ],
)
def test_one_kind_is_purged_at_a_time_and_not_too_much_of_it(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PurgeArguments(**wrong)


async def test_purging_everything_warns_of_what_the_origin_will_get(purge: PurgeCache) -> None:
    everything = await planned(purge)
    tags = await planned(purge, tags=["home"])

    assert any("finish off" in effect for effect in everything.effects)
    assert not any("finish off" in effect for effect in tags.effects)


async def test_a_worker_on_workers_dev_alone_has_nothing_to_purge(purge: PurgeCache) -> None:
    with pytest.raises(PolicyError, match="no-zone"):
        await planned(purge, target=WITHOUT_A_ZONE)


async def test_a_higher_limit_cures_a_worker_that_waits_for_connections(
    sandbox: Sandbox, limit: SetHyperdriveLimit
) -> None:
    starved(sandbox)
    service = sandbox.services["pitchey"]
    assert service.measure().error_rate == 1

    await carried_out(limit, await planned(limit, connections=80))

    assert service.measure().error_rate == 0


@pytest.mark.parametrize(
    ("arguments", "to"),
    [
        ({"connections": 80}, 80),
        ({"connections": {"at_least": 100}}, 100),
        ({"connections": 1000}, 100),
        ({"connections": 100, "at_most": 70}, 70),
        ({"connections": 80, "config": "DB"}, 80),
        ({"connections": 80, "config": DATABASE}, 80),
    ],
)
async def test_the_limit_is_raised_as_far_as_is_allowed(
    limit: SetHyperdriveLimit, arguments: dict[str, object], to: int
) -> None:
    change = await planned(limit, **arguments)

    assert [(unit.was, unit.to) for unit in change.units] == [(60, to)]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"connections": 50}, "the limit is 60 already"),
        ({"connections": 80, "at_most": 60}, "cap reached"),
        ({"connections": 80, "at_most": 20}, "cap reached"),
    ],
)
async def test_the_limit_is_never_lowered(
    limit: SetHyperdriveLimit, arguments: dict[str, int], why: str
) -> None:
    change = await planned(limit, **arguments)

    assert (change.units, why in change.nothing_to_do) == ((), True)


async def test_a_limit_that_somebody_raised_further_is_success(
    world: CloudflareWorld, limit: SetHyperdriveLimit
) -> None:
    change = await planned(limit, connections=80)
    world.pools[DATABASE].limit = 90

    assert await carried_out(limit, change) == set()


async def test_a_limit_that_is_not_told_cannot_be_restored_and_is_not_raised(
    limit: SetHyperdriveLimit,
) -> None:
    body = {"success": True, "result": {"id": DATABASE, "name": "pitchey-db"}}
    silent = SetHyperdriveLimit(answered_by(httpx.MockTransport(lambda _: httpx.Response(200, json=body))))

    with pytest.raises(PolicyError, match="limit-unknown"):
        await planned(silent, connections=80, config=DATABASE)


async def test_a_worker_without_hyperdrive_has_no_limit_to_raise(
    worker: Worker, limit: SetHyperdriveLimit
) -> None:
    worker.newest.bindings = [one for one in worker.newest.bindings if one["type"] != "hyperdrive"]

    with pytest.raises(PolicyError, match="it has none"):
        await planned(limit, connections=80)


async def test_a_raised_limit_names_what_it_can_break(limit: SetHyperdriveLimit) -> None:
    change = await planned(limit, connections=80)

    assert any("max_connections" in effect for effect in change.effects)
    assert limit.commands(change) == [
        f"CLOUDFLARE_ACCOUNT_ID={ACCOUNT} wrangler hyperdrive update {DATABASE} --origin-connection-limit 80"
    ]


@pytest.mark.parametrize("wrong", [{"connections": 4}, {"connections": 80, "at_most": 101}, {}])
def test_a_limit_is_one_that_cloudflare_takes(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        LimitArguments(**wrong)
