"""Which page is where."""

from fastapi import FastAPI

from stanch.gateway.console import static_files
from stanch.gateway.console.by_name import ByNameRoutes
from stanch.gateway.console.live_stream import LiveStream
from stanch.gateway.console.looking import LookingRoutes
from stanch.gateway.console.page_door import PageDoor
from stanch.gateway.console.signing_in import SignInRoutes
from stanch.gateway.console.speaking import SpeakingRoutes, back_to_incident
from stanch.gateway.dependencies import Dependencies


def add_pages(app: FastAPI, dependencies: Dependencies) -> None:
    """The pages, beside the API and in no description of it: they are for people."""
    door = PageDoor(dependencies)
    looking = LookingRoutes(door)
    speaking, signing_in, live = SpeakingRoutes(door, looking), SignInRoutes(door), LiveStream(door, looking)
    by_name = ByNameRoutes(door, looking)
    for method, path, endpoint in (
        ("GET", "/", door.shows(looking.open_ones)),
        ("GET", "/history", door.shows(looking.closed_ones)),
        ("GET", "/paused", door.shows(looking.paused)),
        ("POST", "/paused", door.hears(speaking.pause)),
        ("GET", "/ask", door.shows(by_name.offered)),
        ("POST", "/ask", door.hears(by_name.ask)),
        ("GET", "/people", door.shows(looking.people)),
        ("GET", "/incident/{number}", door.shows(looking.incident)),
        ("GET", "/incident/{number}/live", door.shows(live.of_incident)),
        ("GET", "/incident/{number}/{word}", door.shows(back_to_incident)),
        ("POST", "/incident/{number}/{word}", door.hears(speaking.say)),
        ("GET", "/live", door.shows(live.of_open)),
        ("GET", "/sign-in", signing_in.form),
        ("POST", "/sign-in", signing_in.sign_in),
        ("POST", "/sign-out", door.hears(signing_in.sign_out)),
        ("GET", static_files.PATH, static_files.served),
    ):
        app.add_route(path, endpoint, methods=[method], include_in_schema=False)
