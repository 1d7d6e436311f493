"""A vendor that answers in part is ill, and nothing is taken away there."""

from datetime import timedelta

from stanch.model.change import Direction, Unit
from stanch.model.evidence import Evidence
from stanch.model.incident import IncidentState
from stanch.model.incident_parts import Unanswered
from stanch.policy import ill_vendors
from tests.policy.making import AT, change, state

RESTART = change(verb="fly.restart", takes_away=(Direction.THERE,), summary="restart backend")
SCALE = change(verb="fly.scale", takes_away=(Direction.BACK,), summary="scale backend from 2 to 3")
SILENT = Unanswered(asked="fly.logs of backend", at=AT, because="answered 503")
ANSWERED = Evidence(name="machines", uses="fly.status", result={}, read_at=AT)


def known(*silent: Unanswered, **evidence: Evidence) -> IncidentState:
    return state(unanswered=silent, evidence=evidence)


def test_it_is_said_which_half_of_a_vendor_is_ill() -> None:
    said = ill_vendors.refusal([RESTART], known(SILENT, machines=ANSWERED), AT)

    assert said == (
        "fly is ill by our own readings, whatever its status page says: fly.logs of backend did not answer"
        " at 03:00:00 (answered 503); fly.status answered; restart backend: what that takes away might not"
        " come back"
    )


def test_what_takes_nothing_away_goes_on_and_so_does_everything_at_another_vendor() -> None:
    elsewhere = RESTART.model_copy(update={"verb": "heroku.restart"})

    assert ill_vendors.refusal([change(), SCALE, elsewhere], known(SILENT), AT) == ""
    assert ill_vendors.refusal([RESTART], known(machines=ANSWERED), AT) == ""


def test_the_way_back_of_added_capacity_takes_it_away_and_what_is_put_right_takes_nothing() -> None:
    assert "scale backend" in ill_vendors.refusal([SCALE.undone()], known(SILENT), AT)

    effect = RESTART.model_copy(update={"afterwards": (Unit(id="auto_assign", was=False, to=True),)})
    assert ill_vendors.refusal([RESTART.undone(), effect.put_right()], known(SILENT), AT) == ""


def test_what_was_not_answered_long_ago_says_nothing_of_now() -> None:
    late = AT + ill_vendors.RECENT

    assert ill_vendors.ill(known(SILENT), "fly", late)
    assert not ill_vendors.ill(known(SILENT), "fly", late + timedelta(seconds=1))
