"""Where the services of a document run, as its commands say it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from stanch.importing.meaning import ServicePlace, UnderstoodCommand

_EDGES = {"vercel", "netlify"}
_UNNAMED = "functions"
NOWHERE = ServicePlace("fly", "app", {"app": "fill-in"})
"""Where no command says it: to be filled in."""


@dataclass(frozen=True)
class ServicePlaces:
    """Every service that some command names, with the places where it runs."""

    by_name: dict[str, tuple[ServicePlace, ...]] = field(default_factory=dict)
    default: str = ""
    """Whose playbook this is: the one that most commands name."""

    def name_of(self, place: ServicePlace | None) -> str:
        """What the service of a place is called; empty where no place is named."""
        if place is None:
            return ""
        if place.name != _UNNAMED or place.provider != "firebase":
            return place.name
        same = (name for name, places in self.by_name.items() if _shares_project(place, places))
        return next(same, place.name)

    def of(self, commands: Iterable[UnderstoodCommand]) -> str:
        """The service that most of these commands are about; the default where they name none."""
        counted = Counter(filter(None, (self.name_of(_main(one)) for one in commands)))
        return counted.most_common(1)[0][0] if counted else self.default


def places_of(commands: Iterable[UnderstoodCommand]) -> ServicePlaces:
    """Every place that is named; where only a switch is turned comes last."""
    ordered = sorted(commands, key=lambda one: one.meaning.switch is not None)
    found = [one.meaning.place for one in ordered if one.meaning.place]
    named = [place for place in found if place.name != _UNNAMED]
    projects = {place.fields.get("project") for place in named if place.provider == "firebase"}
    named += [place for place in found if place.name == _UNNAMED and place.fields["project"] not in projects]
    by_name: dict[str, tuple[ServicePlace, ...]] = {}
    for place in named:
        others = by_name.setdefault(place.name, ())
        if place.provider not in {other.provider for other in others}:
            by_name[place.name] = (*others, place)
    counted = Counter(
        place.name for place in named if place.provider not in _EDGES and not place.is_for_trying
    )
    default = counted.most_common(1)[0][0] if counted else next(iter(by_name), NOWHERE.name)
    by_name.setdefault(default, (NOWHERE,))
    return ServicePlaces(by_name, default)


def _main(one: UnderstoodCommand) -> ServicePlace | None:
    """A switch is turned elsewhere than where the service runs."""
    return None if one.meaning.switch else one.meaning.place


def _shares_project(place: ServicePlace, places: Iterable[ServicePlace]) -> bool:
    return any(
        other.provider == place.provider and other.fields.get("project") == place.fields.get("project")
        for other in places
    )
