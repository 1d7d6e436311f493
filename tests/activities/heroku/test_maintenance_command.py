from activities.heroku.maintenance import Maintenance
from stanch.model.change import Target


def test_the_command_is_known_before_anything_is_read() -> None:
    app = Target(provider="heroku", name="shop")

    off = Maintenance.commands_without_plan(app, {"on": False})

    assert off == ["heroku maintenance:off -a shop"]
    assert Maintenance.commands_without_plan(app, {}) == ["heroku maintenance:on -a shop"]
