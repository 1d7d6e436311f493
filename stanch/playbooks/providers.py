"""What a team writes of its providers, held against what each of them can be told."""

from stanch.model.team import Provider, Team
from stanch.model.verb import Catalogue
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of


def refuse_unknown(team: Team, catalogue: Catalogue, position: Position) -> None:
    """Tell the position which providers, settings and status pages nobody knows."""
    for name, provider in team.providers.items():
        here = position.at("providers", name)
        settings = catalogue.settings.get(name)
        if settings is None:
            here.wrong(f"there is no provider {name}", instead_of(name, catalogue.settings))
            continue
        for key in provider.fields.keys() - settings:
            known = {*settings, *Provider.model_fields}
            here.at(key).wrong(f"{name} has no such setting", instead_of(key, known))
        if provider.status_page:
            refuse_page(provider.status_page, team, catalogue, here.at("status_page"))


def refuse_unknown_pages(team: Team, catalogue: Catalogue, position: Position) -> None:
    """Tell the position which of the pages that services depend on nobody knows."""
    for name, service in team.services.items():
        for index, page in enumerate(service.depends_on):
            refuse_page(page, team, catalogue, position.at("services", name, "depends_on", index))


def refuse_page(name: str, team: Team, catalogue: Catalogue, position: Position) -> None:
    """Tell the position where a status page is neither a vendor's nor the team's."""
    known = {*catalogue.pages, *team.status_pages}
    if name not in known:
        instead = instead_of(name, known)
        position.wrong(
            f"there is no status page {name}", f"{instead} Its address may stand under status_pages:"
        )
