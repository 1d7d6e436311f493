"""Mail: one thread for each incident, and nobody who is called is written to in front of customers."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from post_office import PostOffice, certificate, opened

from activities.channels import Channels
from activities.channels import mail as mailing
from activities.connection import certificates
from stanch.errors import ConfigError, Rejected, Unauthorized, Unavailable
from tests.activities.channels.telling import channels, message


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with opened() as office:
        yield office


def mail(office: PostOffice, **changed: Any) -> Channels:
    written = {
        "provider": "email",
        "from": "Stanch <stanch@team.example>",
        "to": ["users@team.example"],
        "server": f"127.0.0.1:{office.port}",
        "tls": "none",
    }
    return channels(users=written | changed)


async def test_what_is_said_to_it_goes_to_all_of_its_readers_in_one_thread(office: PostOffice) -> None:
    to = mail(office)
    await to.tell(message("users"))

    await to.tell(message("users", 2))

    (first, whom), (second, _) = office.mails
    assert whom == ["users@team.example"]
    assert first["Subject"] == "[INC-20261121-7K3QXM] P0: site-down on backend"
    assert first["Message-ID"] != second["Message-ID"]
    assert first["References"] == second["References"] == "<INC-20261121-7K3QXM@team.example>"
    assert first.get_payload().strip() == "message 1"
    assert first["Auto-Submitted"] == "auto-generated"


async def test_the_same_message_twice_is_the_same_mail(office: PostOffice) -> None:
    to = mail(office)
    office.answers = ["250 OK"]

    await to.tell(message("users"))
    await to.tell(message("users"))

    assert len({sent["Message-ID"] for sent, _ in office.mails}) == 1


async def test_whoever_is_called_is_written_to_and_nobody_else(office: PostOffice) -> None:
    found = await mail(office).tell(message("users", kind="page", calls=("everybody",)))

    ((_, whom),) = office.mails
    assert whom == ["ana@team.example", "li@team.example"]
    assert found.missed == ("sam",)


async def test_where_nobody_who_is_called_has_an_address_that_is_said(office: PostOffice) -> None:
    with pytest.raises(Rejected, match="nobody who is called has an email"):
        await mail(office).tell(message("users", kind="page", calls=("sam",)))

    assert office.mails == []


async def test_one_who_is_refused_keeps_the_others_from_nothing(office: PostOffice) -> None:
    office.refuse = {"ana@team.example": "550 No such user"}

    found = await mail(office).tell(message("users", kind="page", calls=("everybody",)))

    assert found.missed == ("ana", "sam")
    assert found.said == "ana@team.example was refused (550)"


@pytest.mark.parametrize(("code", "error"), [("451 Try again", Unavailable), ("550 No such user", Rejected)])
async def test_a_server_that_takes_it_for_nobody_may_be_asked_again_or_not(
    office: PostOffice, code: str, error: type[Exception]
) -> None:
    office.refuse = {"users@team.example": code}

    with pytest.raises(error):
        await mail(office).tell(message("users"))


@pytest.mark.parametrize(("said", "error"), [("452 Full", Unavailable), ("554 It is spam", Rejected)])
async def test_a_mail_that_is_not_taken_may_be_sent_again_or_not(
    office: PostOffice, said: str, error: type[Exception]
) -> None:
    office.answers = [said]

    with pytest.raises(error, match=said[:3]):
        await mail(office).tell(message("users"))


async def test_a_server_that_hangs_is_given_up(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailing, "_WITHIN", 0.3)
    office.answering.clear()

    with pytest.raises(Unavailable):
        await mail(office).tell(message("users"))

    office.answering.set()


async def test_a_server_that_is_away_may_come_back() -> None:
    with pytest.raises(Unavailable):
        await mail(PostOffice(port=1)).tell(message("users"))


async def test_a_wrong_password_is_never_tried_again_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_PASSWORD", "a-wrong-password")
    async with opened(with_login=True) as office:
        to = mail(office, username="stanch", password="env:TEST_PASSWORD")

        with pytest.raises(Unauthorized) as refused:
            await to.tell(message("users"))

    assert "a-wrong-password" not in str(refused.value)


async def test_the_right_password_is_proved_without_a_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_PASSWORD", "the-password")
    async with opened(with_login=True) as office:
        said = await mail(office, username="stanch", password="env:TEST_PASSWORD").prove("users")

        assert said == "127.0.0.1 takes mail, as stanch; nothing was sent"
        assert office.mails == []


async def test_a_server_without_encryption_is_told_nothing_where_it_is_asked_for(office: PostOffice) -> None:
    with pytest.raises(Rejected, match=r"See tls: of channels\.users"):
        await mail(office, tls="starttls").tell(message("users"))

    assert office.mails == []


def test_a_server_that_is_no_address_is_refused_at_once(office: PostOffice) -> None:
    with pytest.raises(ConfigError, match="no host:port"):
        mail(office, server="smtp.team.example:mail")


async def test_a_line_break_in_a_headline_makes_no_header(office: PostOffice) -> None:
    await mail(office).tell(message("users", headline="down\r\nBcc: evil@evil.example"))

    ((sent, whom),) = office.mails
    assert sent["Bcc"] is None
    assert whom == ["users@team.example"]


@pytest.fixture
def believing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Whom this process believes, beside nobody."""

    def only(file: Path) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        certificates.cache_clear()

    yield only
    certificates.cache_clear()


async def test_by_starttls_a_mail_goes_to_a_server_that_is_believed(
    tmp_path: Path, believing: Callable[[Path], None]
) -> None:
    tls, file = certificate(tmp_path)
    believing(file)
    async with opened(tls=tls) as office:
        await mail(office, tls="starttls").tell(message("users"))

        assert len(office.mails) == 1


async def test_a_server_that_is_not_believed_gets_no_mail(tmp_path: Path) -> None:
    tls, _ = certificate(tmp_path)
    async with opened(tls=tls) as office:
        with pytest.raises(Unavailable):
            await mail(office, tls="starttls").tell(message("users"))

        assert office.mails == []
