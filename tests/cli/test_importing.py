import json
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Stanch

DOCUMENT = """\
# Runbook
## Shop is down
**Symptoms:**
- `ShopDown` alert
**Resolution:**
```bash
fly logs --app shop-api
fly apps restart shop-api
fly secrets set API_KEY=sk_live_abcdefgh12345678
make coffee
```
## Communication templates
### Investigating
```
We look into [issue description].
```
"""


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "Shop Runbook.md"
    path.write_text(DOCUMENT)
    return path


def test_a_document_becomes_a_playbook_and_its_messages(stanch: Stanch, document: Path) -> None:
    result = stanch("import", document.name)

    assert result.exit_code == 0
    assert "1 scenario; 3 of 4 commands understood, 2 of them corrected; 1 is manual." in result.stdout
    assert [*yaml.safe_load(Path("playbooks/shop-runbook.yaml").read_text())["scenarios"]] == ["shop-is-down"]
    assert Path("messages/investigating.txt").read_text() == "We look into {{ incident }}.\n"


def test_a_secret_is_in_no_file_and_no_answer(stanch: Stanch, document: Path) -> None:
    result = stanch("import", document.name)

    assert "Left out, since it looks like a secret: line 9" in result.stdout
    assert "sk_live" not in Path("playbooks/shop-runbook.yaml").read_text() + result.stdout


def test_nothing_is_written_over_what_is_there(stanch: Stanch, document: Path) -> None:
    there = Path("messages/investigating.txt")
    there.parent.mkdir()
    there.write_text("ours")

    refused = stanch("import", document.name)

    assert refused.exit_code == 1
    assert "messages/investigating.txt is there already; nothing was written" in refused.stderr
    assert (there.read_text(), Path("playbooks").exists()) == ("ours", False)


def test_it_is_written_over_when_one_says_so(stanch: Stanch, document: Path) -> None:
    stanch("import", document.name)

    assert stanch("import", document.name, "--force").exit_code == 0


def test_it_is_written_where_one_says(stanch: Stanch, document: Path) -> None:
    stanch("import", document.name, "--out", "team/playbooks/api.yaml")

    assert Path("team/playbooks/api.yaml").exists()
    assert Path("team/messages/investigating.txt").exists()


def test_machines_get_the_count_and_what_stays_with_people(stanch: Stanch, document: Path) -> None:
    result = stanch("import", document.name, "--json")

    assert json.loads(result.stdout) == {
        "written": ["playbooks/shop-runbook.yaml", "messages/investigating.txt"],
        "scenarios": ["shop-is-down"],
        "commands": 4,
        "understood": 3,
        "corrected": 2,
        "manual": 1,
        "left_to_people": [10],
        "hidden": [9],
    }


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (b"# Notes\n", 1, "no heading has symptoms, steps or commands below it"),
        (b"\xff\xfe", 2, "cannot be read: UnicodeDecodeError"),
        (b"x" * 2_000_000, 2, "is longer than 1048576 characters"),
    ],
)
def test_what_is_no_playbook_is_refused(
    stanch: Stanch, document: Path, text: bytes, code: int, said: str
) -> None:
    document.write_bytes(text)

    result = stanch("import", document.name)

    assert result.exit_code == code
    assert said in " ".join(result.stderr.split())


def test_a_document_that_is_not_there_is_refused(stanch: Stanch, document: Path) -> None:
    assert "cannot be read: FileNotFoundError" in stanch("import", "nowhere.md").stderr


def test_messages_stand_beside_a_draft_that_stands_alone(stanch: Stanch, document: Path) -> None:
    stanch("import", document.name, "--out", "tmp/draft.yaml")

    assert Path("tmp/messages/investigating.txt").exists()


def test_where_nothing_can_be_written_that_is_said(stanch: Stanch, document: Path) -> None:
    Path("taken").write_text("a file, and no folder")

    result = stanch("import", document.name, "--out", "taken/draft.yaml")

    assert result.exit_code == 2
    assert "taken/draft.yaml cannot be written" in result.stderr
