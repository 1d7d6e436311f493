"""What a catalogue names of Firebase and Cloud Run: functions and services of a project."""

from sandbox.firebase.project import REGION, Project
from sandbox.firebase.service import Service
from sandbox.firebase.world import FirebaseWorld
from sandbox.instances import Host, ImpossibleError
from sandbox.named_places import CodeState, Furnishings, Headway, Premises, Spot


def _service(world: FirebaseWorld, place: Spot) -> Host:
    """A function is made as the service that it is behind its name."""
    project = world.projects.get(place.said("project")) or world.add(place.said("project"))
    region = place.said("region", REGION)
    if place.said("function"):
        project.function(place.said("function"), region=region)
    else:
        project.run(place.said("service"), region)
    return _found(project, place)


def _deploy(world: FirebaseWorld, place: Spot, revision: CodeState) -> None:
    _found(world.projects[place.said("project")], place).deployed(good=revision.good, ago=revision.ago)


def _found(project: Project, place: Spot) -> Service:
    region, function = place.said("region", REGION), place.said("function")
    if not function:
        return project.services[f"{region}/{place.said('service')}"]
    service = project.functions[f"{region}/{function}"].service
    if service is None:
        raise ImpossibleError(f"{function} is of the 1st generation, which is no service")
    return service


def _attempt(world: FirebaseWorld, place: Spot, revision: CodeState) -> None:
    """A revision whose image cannot be started, or that Google goes on building."""
    service = _found(world.projects[place.said("project")], place)
    if revision.headway is Headway.DEPLOYING:
        service.deploy(good=revision.good, release="", in_progress=True)
        return
    service.build(good=revision.good, ago=revision.ago).starts = False
    service.settle()


def _forget(world: FirebaseWorld, place: Spot) -> None:
    """The images of all revisions but the newest were deleted."""
    service = _found(world.projects[place.said("project")], place)
    service.deleted_images.update(one.image for one in service.revisions[1:])


def _keep_warm(world: FirebaseWorld, place: Spot, count: int) -> None:
    _found(world.projects[place.said("project")], place).scaling["minInstanceCount"] = count


FURNISHINGS = Furnishings(
    hosts={"firebase": Premises(_service, _deploy, fit=_keep_warm, attempt=_attempt, forget=_forget)}
)
