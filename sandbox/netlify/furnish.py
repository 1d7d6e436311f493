"""What a catalogue names of Netlify: sites, and variables of their functions."""

from sandbox.instances import Host
from sandbox.named_places import CodeState, Furnishings, Headway, Premises, Spot
from sandbox.netlify.deploy import Commit
from sandbox.netlify.world import NetlifyWorld

_ACCOUNT = "5d0c9f1ab2c3d4e5f6a7b8c9"


def _site(world: NetlifyWorld, place: Spot) -> Host:
    name = place.said("site")
    site = world.add(name, _ACCOUNT, place.host or f"{name}.netlify.example")
    for secret, value in place.secrets.items():
        site.keep(secret, value, is_secret=True)
    return site


def _deploy(world: NetlifyWorld, place: Spot, revision: CodeState) -> None:
    commit = Commit(revision.commit, revision.title, revision.good)
    world.sites[place.said("site")].deployed(commit, revision.ago)


def _attempt(world: NetlifyWorld, place: Spot, revision: CodeState) -> None:
    """A build that failed, or never ends; what is published stays so."""
    made = world.sites[place.said("site")].build(Commit(revision.commit, revision.title, revision.good))
    made.timetable.clear()
    made.created = world.clock.now() - revision.ago
    made.state = "building" if revision.headway is Headway.DEPLOYING else "error"


def _forget(world: NetlifyWorld, place: Spot) -> None:
    """Every deploy but the published one was deleted."""
    site = world.sites[place.said("site")]
    for one in site.deploys:
        one.deleted = one.id != site.published


FURNISHINGS = Furnishings(hosts={"netlify": Premises(_site, _deploy, attempt=_attempt, forget=_forget)})
