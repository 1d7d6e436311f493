"""Everything that `stanch.yaml` may say, by section, as tables in Markdown."""

from collections.abc import Iterator

from activities.registry import catalogue
from stanch.cli.pages import table
from stanch.model.channel import Channel
from stanch.model.freeze import Freeze, WeeklyFreeze
from stanch.model.rota import Rota, StandIn
from stanch.model.service import Base, Limits, Metric, RunsOn, Service, Switch
from stanch.model.team import Person, Provider, Rung, Source, StatusPage, Team
from stanch.playbooks.reference import described

SECTIONS = {
    "The file": Team,
    "services.NAME": Service,
    "services.NAME.base": Base,
    "services.NAME.limits": Limits,
    "services.NAME.switches.NAME": Switch,
    "services.NAME.metrics.NAME": Metric,
    "providers.NAME": Provider,
    "people.NAME": Person,
    "on_call": Rota,
    "on_call.overrides, a list": StandIn,
    "sources.NAME": Source,
    "channels.NAME": Channel,
    "status_pages.NAME": StatusPage,
    "escalation, a list": Rung,
    "freezes, a list": Freeze,
    "weekly_freezes, a list": WeeklyFreeze,
    "services.NAME.runs_on": RunsOn,
}


def sections() -> Iterator[str]:
    """A section for each part of the file, then how each vendor's targets and settings are written."""
    for title, model in SECTIONS.items():
        yield f"### {title}\n"
        yield " ".join((model.__doc__ or "").split()) + "\n"
        yield from table("key", described(model))
    known = catalogue()
    for name, spec in known.targets.items():
        yield f"#### runs_on of `{name}`\n"
        yield from table("key", described(spec.model))
    yield "### Settings of each provider, beside `token`, `base_url` and `status_page`\n"
    yield "| provider | settings |"
    yield "|---|---|"
    for name, settings in known.settings.items():
        if settings:
            yield f"| `{name}` | {', '.join(f'`{one}`' for one in sorted(settings))} |"


if __name__ == "__main__":
    print("\n".join(sections()))
