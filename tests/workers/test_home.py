import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from stanch.errors import ConfigError
from stanch.secrets import Redactor
from workers.home import Home


@pytest.fixture(autouse=True)
def _same_mask() -> Iterator[None]:
    mask = os.umask(0o022)
    yield
    os.umask(mask)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_folder_that_others_could_read_is_closed_to_them_with_what_is_in_it_and_it_is_said_once(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    (folder / "journal").mkdir(parents=True)
    kept = [folder / "temporal-1.32.db-wal", folder / "temporal.log", folder / "journal" / "INC-1.md"]
    for path in kept:
        path.touch(0o644)

    first, again = Home(folder).close_to_others(), Home(folder).close_to_others()

    assert set(first) == {folder, folder / "journal", *kept}
    assert again == []
    assert [mode(path) for path in kept] == [0o600] * 3
    assert mode(folder) == mode(folder / "journal") == 0o700


def test_what_is_made_later_is_the_owners_alone_too(tmp_path: Path) -> None:
    Home(tmp_path / "data").close_to_others()

    (tmp_path / "data" / "new").touch()

    assert mode(tmp_path / "data" / "new") == 0o600


def test_files_that_are_not_ours_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "stanch.yaml").touch(0o644)

    Home(tmp_path).close_to_others()

    assert mode(tmp_path / "stanch.yaml") == 0o644


def test_a_folder_of_everybody_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)

    with pytest.raises(ConfigError, match="is everybody's: name a folder of its own"):
        Home(tmp_path).close_to_others()

    assert mode(tmp_path) == 0o1777


def test_without_an_address_the_store_is_a_file_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STANCH_STORE", raising=False)

    assert Home(tmp_path).store(Redactor()).file == tmp_path / "stanch.db"


@pytest.mark.parametrize("by_reference", [True, False])
def test_the_stores_password_is_hidden_whether_its_address_is_given_or_lies_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, by_reference: bool
) -> None:
    address, redactor = "postgresql://stanch:canary-of-the-store@db.example/stanch", Redactor()
    (tmp_path / "address").write_text(address)
    monkeypatch.setenv("STANCH_STORE", f"file:{tmp_path / 'address'}" if by_reference else address)

    found = Home(tmp_path).store(redactor)

    assert found.url.password == "canary-of-the-store"
    assert redactor.clean("canary-of-the-store") == "(secret)"
