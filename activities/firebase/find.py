"""What projects have at Google: functions, Cloud Run services, Hosting of both kinds, Firestore, alerts."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from activities.finding import (
    AccountFinder,
    AppKind,
    FoundAccount,
    FoundAddOn,
    FoundApp,
    apart,
    looked_at,
    more_than,
    told,
)
from activities.firebase import capacity
from activities.firebase.answers import Answered, Function, Service
from activities.firebase.client import APP_HOSTING, FUNCTIONS, HOSTING, MONITORING, RESOURCES, Firebase
from activities.firebase.project_lists import ProjectLists

_FIRESTORE = "firestore"
_DEFAULT = "(default)"
_STANDS = "ACTIVE"
_HOSTING = AppKind("hosting", "firebase.hosting", "firebase.roll_back_hosting")
_APP_HOSTING = AppKind("app-hosting", "firebase.rollouts", "firebase.roll_back_app_hosting")
_GIVEN = {"EVENTARC_CLOUD_EVENT_SOURCE", "FIREBASE_CONFIG", "GCLOUD_PROJECT", "LOG_EXECUTION_ID"}
"""Variables that Google itself gives to every function."""


class _Project(Answered):
    project_id: str
    lifecycle_state: str = _STANDS


class _Backend(Answered):
    name: str
    uri: str = ""


class _Site(Answered):
    name: str
    default_url: str = ""


class _Policy(Answered):
    display_name: str = ""
    enabled: bool = True


class _Database(Answered):
    name: str


async def look(firebase: Firebase) -> FoundAccount:
    """Every project that the account may list; its own where it may list none.

    Without a token nothing is asked: each list would be refused in the same words.
    """
    await firebase.credentials.token()
    own = firebase.credentials.project
    listed, no_projects = await told(_projects(firebase), [])
    names = listed or list(filter(None, [own]))
    found = await asyncio.gather(*(_project(firebase, name) for name in names))
    bare = _named([app for one in found for app in one.apps])
    apps = await looked_at(bare, lambda app: _whole(firebase, app))
    unread = (*(() if own else no_projects), *(why for one in found for why in one.unread), *more_than(bare))
    return FoundAccount(apps, alerts=tuple(name for one in found for name in one.alerts), unread=unread)


async def _projects(firebase: Firebase) -> list[str]:
    """`projects.list` of cloudresourcemanager v1 (cloud.google.com/resource-manager, read 2026-11)."""
    found = await ProjectLists(firebase).pages(RESOURCES, "v1/projects", "projects", _Project)
    return [one.project_id for one in found if one.lifecycle_state == _STANDS]


async def _project(firebase: Firebase, name: str) -> FoundAccount:
    lists, at = ProjectLists(firebase), f"projects/{name}"
    functions, services, backends, sites, policies, databases = await asyncio.gather(
        lists.told(FUNCTIONS, f"v2/{at}/locations/-/functions", "functions", Function),
        lists.told_services(name),
        lists.told(APP_HOSTING, f"v1/{at}/locations/-/backends", "backends", _Backend),
        lists.told(HOSTING, f"v1beta1/{at}/sites", "sites", _Site),
        lists.told(MONITORING, f"v3/{at}/alertPolicies", "alertPolicies", _Policy),
        lists.told(_FIRESTORE, f"v1/{at}/databases", "databases", _Database, size=0),
    )
    inner = {*(one.service for one in functions), *(_service_of(one.name) for one in backends)}
    apps = (
        *(_of_function(one) for one in functions if not _left_out(one)),
        *(FoundApp(name=_last(one), runs_on=_at(one, "service")) for one in services if one not in inner),
        *(_of_backend(one) for one in backends),
        *(_of_site(name, one) for one in sites),
    )
    behind = tuple(_behind(name, _last(one.name)) for one in databases)
    return FoundAccount(
        tuple(replace(app, add_ons=behind) if "site" not in app.runs_on else app for app in apps),
        alerts=tuple(one.display_name for one in policies if one.enabled and one.display_name),
        unread=(*lists.unread, *_without(functions)),
    )


def _of_function(one: Function) -> FoundApp:
    config = one.service_config
    secret = (str(each.get("key") or "") for each in config.get("secretEnvironmentVariables") or [])
    names = {*(config.get("environmentVariables") or {}), *filter(None, secret)} - _GIVEN
    return FoundApp(
        name=one.id,
        runs_on=_at(one.name, "function"),
        base=one.url or str(config.get("uri") or ""),
        health=("/",),
        secrets=tuple(sorted(names)),
        instances=(int(config.get("minInstanceCount") or 0), int(config.get("maxInstanceCount") or 0)),
    )


def _of_backend(one: _Backend) -> FoundApp:
    base = f"https://{one.uri.removeprefix('https://')}" if one.uri else ""
    return FoundApp(name=_last(one.name), runs_on=_at(one.name, "backend"), base=base, kind=_APP_HOSTING)


def _of_site(project: str, one: _Site) -> FoundApp:
    site = _last(one.name)
    at = {"project": project, "site": site}
    return FoundApp(name=site, runs_on=at, base=one.default_url, health=("/",), kind=_HOSTING)


def _behind(project: str, database: str) -> FoundAddOn:
    named = {} if database == _DEFAULT else {"database": database}
    return FoundAddOn(
        "database",
        f"Firestore's {database}",
        runs_on={"provider": "firestore", "project": project, **named},
    )


def _left_out(one: Function) -> str:
    """Why a function is no service that could be helped; empty where it is one."""
    if one.event_trigger:
        return "started by events, and no visitor's health tells how they are"
    if one.first_generation:
        return "of the 1st generation, which only a deployment rolls back and restarts"
    return ""


def _without(functions: Iterable[Function]) -> Iterator[str]:
    every = [(_left_out(one), one.id) for one in functions]
    for why in dict.fromkeys(why for why, _ in every if why):
        yield f"{', '.join(sorted(name for each, name in every if each == why))}: {why}"


async def _whole(firebase: Firebase, app: FoundApp) -> FoundApp:
    """Of a service its own variables and probes; whatever else there is the lists have told."""
    if "service" not in app.runs_on:
        return app
    project, region, name = (app.runs_on[field] for field in ("project", "region", "service"))
    service = await firebase.service(f"projects/{project}/locations/{region}/services/{name}")
    return replace(
        app,
        base=service.uri,
        health=tuple(dict.fromkeys(_paths(service))),
        secrets=tuple(sorted(set(_variables(service)) - _GIVEN)),
        instances=(capacity.warm(service), capacity.most(service)),
    )


def _paths(service: Service) -> Iterator[str]:
    for probe in ("readinessProbe", "livenessProbe", "startupProbe"):
        asked: dict[str, Any] = (service.container.get(probe) or {}).get("httpGet") or {}
        if asked.get("path"):
            yield str(asked["path"])


def _variables(service: Service) -> Iterator[str]:
    for container in service.template.get("containers") or []:
        yield from (str(one["name"]) for one in container.get("env") or [] if one.get("name"))


def _named(apps: list[FoundApp]) -> list[FoundApp]:
    """Of several with one name each with what tells it apart: its region, that it is a site, its project."""
    names = apart((app.name, app.runs_on.get("region", "site")) for app in apps)
    names = apart(zip(names, (app.runs_on["project"] for app in apps), strict=True))
    return [replace(app, name=name) for app, name in zip(apps, names, strict=True)]


def _at(name: str, kind: str) -> dict[str, str]:
    _, project, _, region, _, one = name.split("/")
    return {"project": project, "region": region, kind: one}


def _service_of(backend: str) -> str:
    """App Hosting runs a backend as a Cloud Run service of its name."""
    return backend.replace("/backends/", "/services/")


def _last(name: str) -> str:
    return name.rpartition("/")[2]


FINDER = AccountFinder(
    look,
    variable="GOOGLE_APPLICATION_CREDENTIALS",
    tokenless={"identity": "default"},
    files=("firebase.json", ".firebaserc"),
)
