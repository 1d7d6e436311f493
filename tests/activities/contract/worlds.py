"""The worlds that verbs are tried in, what stands there, and what somebody else may do to them."""

from collections.abc import Callable
from typing import Any

from stanch.sandbox.fly.application import FlyApp
from stanch.sandbox.mischief import Breakage, Breaking, break_service, deploy_to_fly, push_to_vercel
from stanch.sandbox.scenes import machine_config, slurpy
from stanch.sandbox.service import Ailment
from stanch.sandbox.vercel.project import Project
from stanch.sandbox.world import Sandbox

FLAG = "NEXT_PUBLIC_ENABLE_PACK_PURCHASE"


def backend(sandbox: Sandbox) -> FlyApp:
    return sandbox.fly["slurpy-backend"]


def project(sandbox: Sandbox) -> Project:
    return sandbox.vercel["my-shop"]


def poisoned(sandbox: Sandbox) -> None:
    slurpy(sandbox)
    sandbox.services["backend"].ailments.add(Ailment.POISONED_CACHE)


def crowded(sandbox: Sandbox) -> None:
    """The release is good; there is too little of it."""
    slurpy(sandbox)
    for image in backend(sandbox).images.values():
        image.good = True


def stuck(sandbox: Sandbox) -> None:
    """The release is good; its processes hang."""
    crowded(sandbox)
    break_service(sandbox, Breaking(service="backend", breakage=Breakage.STUCK))


def machines_of(sandbox: Sandbox) -> dict[str, Any]:
    """Every machine's whole configuration but the marker, which stays where it was written."""
    found = {}
    for machine in backend(sandbox).standing():
        metadata = {**machine.config["metadata"]}
        metadata.pop("stanch_change", None)
        found[machine.name] = (machine.state, machine.cordoned, {**machine.config, "metadata": metadata})
    return found


def production_of(sandbox: Sandbox) -> Any:
    """Domains, the switch for new builds, and every variable."""
    here = project(sandbox)
    variables = [(one.key, one.value, one.type, tuple(one.target)) for one in here.variables]
    return dict(here.aliases), here.auto_assign, variables


def a_larger_machine(cpus: int, memory_mb: int) -> Callable[[Sandbox], None]:
    """Somebody gave the first machine another size."""

    def resize(sandbox: Sandbox) -> None:
        machine = backend(sandbox).standing()[0]
        machine.config = {
            **machine.config,
            "guest": {"cpu_kind": "shared", "cpus": cpus, "memory_mb": memory_mb},
        }

    return resize


def one_more_machine(sandbox: Sandbox) -> None:
    app = backend(sandbox)
    app.add(machine_config(app.releases[0].image_ref), "ord").state = "started"


def the_first_ones_gone(sandbox: Sandbox) -> None:
    for machine in backend(sandbox).standing()[:2]:
        machine.state = "destroyed"


def the_oldest_live(sandbox: Sandbox) -> None:
    project(sandbox).point_to(project(sandbox).deployments[-1].id)


def flag_set_otherwise(sandbox: Sandbox) -> None:
    project(sandbox).variables[0].value = "maybe"


def flag_built_in(sandbox: Sandbox) -> dict[str, Any]:
    project(sandbox).variables[0].updated = project(sandbox).deployments[0].created - 1000
    return {"key": FLAG, "value": "true"}


def an_image_deployed(sandbox: Sandbox) -> None:
    deploy_to_fly(sandbox, "slurpy-backend")


def a_push_live(sandbox: Sandbox) -> None:
    push_to_vercel(sandbox, "my-shop")
