"""What a person would type to set one key of an AppConfig configuration."""

from activities.aws.appconfig import ConfigurationProfile
from activities.aws.by_hand import command
from stanch.model.change import Change

VERSION = "version"
"""The unit that is the new version; the other one is the key."""


def commands(change: Change) -> list[str]:
    """A version made by hand from the one in force, then `aws appconfig start-deployment`."""
    where, settings = ConfigurationProfile.model_validate(change.settings["where"]), change.settings
    profile = {"application_id": where.application, "configuration_profile_id": where.profile}
    deploy = {
        **profile,
        "environment_id": where.environment,
        "deployment_strategy_id": settings["strategy"],
    }
    if settings.get("undo"):
        version = settings["in_force"]
        return [command(change.target, "appconfig start-deployment", **deploy, configuration_version=version)]
    base = int(settings["in_force"])
    get = command(change.target, "appconfig get-hosted-configuration-version", **profile, version_number=base)
    create = command(
        change.target,
        "appconfig create-hosted-configuration-version",
        **profile,
        content="fileb://configuration.json",
        content_type="application/json",
    )
    start = command(change.target, "appconfig start-deployment", **deploy)
    said = ", ".join(f"{unit.id}={unit.to}" for unit in change.units if unit.id != VERSION)
    return [
        f"{get} configuration.json",
        f"{create} version.json  # after setting {said} in configuration.json",
        f"{start} --configuration-version $VERSION  # the VersionNumber that was answered",
    ]
