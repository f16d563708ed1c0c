"""One folder, several workspaces: what differs there stands in tables of their own."""

from pathlib import Path

import pytest

from tidings.project.body import make_body
from tidings.project.check import check
from tidings.project.fmt import fmt
from tidings.project.folder import read_folder
from tidings.project.overlay import of_workspace, settings
from tidings.project.pull import compare, write
from tidings.project.read_toml import read_toml
from tidings.project.store import InForce

TEXT = """\
workspace = "staging"
sender = "team"

[senders.team]
email = "hello@staging.example.com"
name = "Example"

[channels.email]
provider = "mailbox"

[workspaces.production]
timezone = "Europe/Berlin"

[workspaces.production.senders.team]
email = "hello@example.com"

[workspaces.production.channels.email]
provider = "smtp"
host = "smtp.example.com"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tidings.toml").write_text(TEXT)
    return tmp_path


def test_each_workspace_has_what_is_common_and_what_is_its_own(folder: Path) -> None:
    assert check(read_folder(folder)) == []
    data, _ = read_toml(TEXT)
    here, there = settings(data), settings(data, "production")
    assert here["workspace"] == "staging"
    assert here["channels"]["email"] == {"provider": "mailbox"}
    assert there["workspace"] == "production"
    assert there["timezone"] == "Europe/Berlin"
    assert there["senders"]["team"] == {"email": "hello@example.com", "name": "Example"}
    assert there["channels"]["email"] == {"provider": "smtp", "host": "smtp.example.com"}
    body = make_body(of_workspace(read_folder(folder), "production"), {})
    assert body["settings"]["workspace"] == "production"
    assert "workspaces" not in body["settings"]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('timezone = "Europe/Berlin"', 'timezone = "Berlin"', 12, "there is no time zone `Berlin`"),
        ('email = "hello@example.com"', 'email = "nobody"', 15, "`nobody` is not an email address"),
        ('timezone = "Europe/Berlin"', 'workspace = "x"', 12, "a workspace can't be called otherwise within itself"),
        ('timezone = "Europe/Berlin"', 'timezon = "UTC"', 12, "tidings.toml has no setting `timezon`"),
    ],
)
def test_a_fault_there_is_placed_there(folder: Path, old: str, new: str, line: int, message: str) -> None:
    (folder / "tidings.toml").write_text(TEXT.replace(old, new))
    assert [(problem.line, problem.message) for problem in check(read_folder(folder))] == [(line, message)]


def test_a_fault_of_what_is_common_is_told_once(folder: Path) -> None:
    (folder / "tidings.toml").write_text(TEXT.replace('sender = "team"', 'sender = "nobody"'))
    assert [problem.line for problem in check(read_folder(folder))] == [2]


def test_what_is_in_force_is_pulled_into_the_table_of_its_workspace(folder: Path) -> None:
    body = make_body(of_workspace(read_folder(folder), "production"), {})
    assert compare(InForce(1, 1, body), folder, "production").written == {}
    changed = {**body, "settings": {**body["settings"], "timezone": "Europe/Oslo"}}
    pulled = compare(InForce(1, 2, changed), folder, "production")
    write(pulled, folder, {})
    assert (folder / "tidings.toml").read_text() == TEXT.replace("Europe/Berlin", "Europe/Oslo")
    assert compare(InForce(1, 2, changed), folder, "production").written == {}


def test_a_first_pull_writes_what_is_in_force_as_what_is_common(tmp_path: Path, folder: Path) -> None:
    body = make_body(read_folder(folder), {})
    pulled = compare(InForce(1, 1, body), tmp_path / "fresh", "staging")
    assert pulled.written["tidings.toml"].startswith('workspace = "staging"\n')
    assert "[workspaces" not in pulled.written["tidings.toml"]


def test_it_is_canonical(folder: Path) -> None:
    assert fmt(folder).changed == {}
