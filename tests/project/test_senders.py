"""A template's sender: an address, or a sender the workspace has."""

from pathlib import Path

import pytest

from tidings.project.check import check
from tidings.project.folder import read_folder


@pytest.mark.parametrize(
    ("sender", "words"),
    [
        ("team", ""),
        ("Ada <ada@example.com>", ""),
        ("{{ customer.owner }}", ""),
        ("taem", "there is no sender `taem`; did you mean `team`?"),
        (
            "sales",
            "there is no sender `sales`; add it in Settings, Senders and providers, or write `[senders.sales]` in tidings.toml",
        ),
    ],
)
def test_a_sender_that_is_not_there_is_named(tmp_path: Path, sender: str, words: str) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "tidings.toml").write_text(
        'workspace = "shop"\n[senders.team]\nemail = "team@example.com"\n[channels.email]\nprovider = "mailbox"\n'
    )
    (tmp_path / "templates" / "hello.md").write_text(f"---\nsubject: Hi\nfrom: '{sender}'\n---\nHello\n")
    problems = check(read_folder(tmp_path))
    assert [f"{problem.message}; {problem.hint}" for problem in problems] == ([words] if words else [])
    assert all((problem.line, problem.column) == (3, 1) for problem in problems)
