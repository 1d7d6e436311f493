from pathlib import Path

import pytest

from stanch.errors import ConfigError
from stanch.gateway import Authenticator
from stanch.gateway.http_errors import RefusalError
from stanch.model.team import Team
from stanch.playbooks.book import Book
from stanch.secrets import HIDDEN, Redactor
from tests.gateway.doubles import ENVIRONMENT, SENDER, TOKENS, authenticator_of

LONG = "a-token-that-is-long-enough"


def team_of(**people: object) -> Team:
    return Team.model_validate({"people": people})


def test_a_token_names_its_person_with_their_roles(book: Book) -> None:
    caller = authenticator_of(book).caller(f"Bearer {TOKENS['ana']}")

    assert (caller.name, caller.roles) == ("ana", ("responder", "approver"))


@pytest.mark.parametrize(
    "shown",
    ["", "Bearer", "Bearer ", f"Bearer {SENDER}", TOKENS["ana"], f"Basic {TOKENS['ana']}", "Bearer \xff"],
)
def test_anything_else_names_nobody(book: Book, shown: str) -> None:
    with pytest.raises(RefusalError) as refused:
        authenticator_of(book).caller(shown)

    assert (refused.value.problem.status, refused.value.problem.code) == (401, "unauthenticated")


def test_a_token_need_not_be_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    token = "schlüssel-für-ana"
    monkeypatch.setenv("UMLAUT", token)
    known = Authenticator(team_of(ana={"token": "env:UMLAUT"}), Redactor())

    assert known.caller(f"Bearer {token.encode().decode('latin-1')}").name == "ana"


def test_a_process_may_hand_out_tokens_of_its_own(book: Book) -> None:
    known = Authenticator(book.team, Redactor(), {"kim": LONG, "ana": LONG + "-of-ana"})

    assert known.caller(f"Bearer {LONG}").name == "kim"
    assert {known.caller(f"Bearer {token}").name for token in (LONG + "-of-ana", TOKENS["ana"])} == {"ana"}


def test_the_person_of_temporals_own_pages_never_has_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UI", LONG)

    with pytest.raises(ConfigError, match="temporal-ui stands for everybody"):
        Authenticator(team_of(**{"temporal-ui": {"token": "env:UI"}}), Redactor())
    with pytest.raises(ConfigError, match="temporal-ui stands for everybody"):
        Authenticator(team_of(**{"temporal-ui": {}}), Redactor(), {"temporal-ui": LONG})


def test_the_person_of_temporals_own_pages_may_have_roles() -> None:
    Authenticator(team_of(**{"temporal-ui": {"roles": ["responder"]}}), Redactor())


def test_a_token_for_somebody_unknown_is_refused() -> None:
    with pytest.raises(ConfigError, match="add eve to people"):
        Authenticator(team_of(ana={}), Redactor(), {"eve": LONG})


def test_two_people_with_one_token_are_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARED", LONG)

    with pytest.raises(ConfigError, match="ana and li have the same token") as refused:
        Authenticator(team_of(ana={"token": "env:SHARED"}, li={"token": "env:SHARED"}), Redactor())

    assert LONG not in str(refused.value)


def test_a_token_that_is_missing_is_refused_with_its_place() -> None:
    with pytest.raises(ConfigError, match=r"people\.ana\.token: env:NOT_SET_ANYWHERE is not set"):
        Authenticator(team_of(ana={"token": "env:NOT_SET_ANYWHERE"}), Redactor())


def test_a_secret_that_could_be_guessed_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SHORT", "hunter2")
    source = {"sources": {"alertmanager": {"username": "am", "password": "env:SHORT"}}}

    with pytest.raises(ConfigError, match=r"sources\.alertmanager\.password has fewer") as refused:
        Authenticator(Team.model_validate(source), Redactor())

    assert "hunter2" not in str(refused.value)


def test_every_secret_is_kept_out_of_texts_from_then_on(book: Book) -> None:
    redactor = Redactor()

    authenticator_of(book, redactor)

    assert redactor.clean(" ".join(ENVIRONMENT.values())) == " ".join([HIDDEN] * len(ENVIRONMENT))


def test_no_secret_stays_in_the_gate(book: Book) -> None:
    known = authenticator_of(book)

    kept = repr(vars(known)) + repr([vars(sender) for sender in known._senders.values()])

    assert not any(secret in kept for secret in ENVIRONMENT.values())


def test_a_secret_in_a_file_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{LONG}\n")
    known = Authenticator(team_of(ana={"token": f"file:{tmp_path / 'token'}"}), Redactor())

    assert known.caller(f"Bearer {LONG}").name == "ana"
