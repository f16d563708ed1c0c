"""`tidings up --demo` as somebody starts it for the first time, the second time, and after a power cut."""

import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.running import Running


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="tidings-demo-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_the_mailbox_fills_also_the_second_time_and_after_a_power_cut(folder: Path) -> None:
    with Running(folder, "--demo") as tidings:
        key = write_key(tidings.printed)
        assert f"{tidings.url}/mailbox" in tidings.printed
        assert "sign in with demo@example.com and " in tidings.printed
        assert "nobody has an account" not in tidings.printed
        tidings.until(lambda: any(subject.startswith("Welcome to Brightboard") for subject in tidings.mailbox("")))
        sent = httpx.post(f"{tidings.url}/v1/track", auth=(key, ""), json={"userId": "me", "event": "Signed Up"})
        assert sent.status_code == 200
        assert tidings.run("tidings init shop --workspace shop && tidings apply shop --yes").returncode == 0
        own = "printf 'segment: mine\\nrule: plan is present\\n' > mine/segments/mine.yaml"
        assert (
            tidings.run(f"tidings pull mine --yes --workspace demo && {own} && tidings apply mine --yes").returncode
            == 0
        )
        told = tidings.run(re.search(r"python -m tidings person why .*", tidings.printed)[0])  # type: ignore[index]
        assert told.returncode == 0, told.stderr
        assert "The message welcome" in told.stdout
    again = Running(folder, "--demo", port=tidings.port)
    again.start()
    assert write_key(again.printed) == key
    assert "nothing to change" in again.run("tidings plan mine").stdout, "what somebody made of the demo is theirs"
    before = newest(again)
    again.until(lambda: newest(again) != before)
    again.kill()
    with Running(folder, "--demo") as third:
        assert write_key(third.printed) == key
        before = newest(third)
        third.until(lambda: newest(third) != before)


def test_without_the_demo_it_says_what_comes_next_and_shows_no_mailbox(folder: Path) -> None:
    with Running(folder) as tidings:
        assert "tidings init my-project" in tidings.printed
        assert tidings.printed.count("/login#") == 1
        assert httpx.get(f"{tidings.url}/healthz").status_code == 200
        assert httpx.get(f"{tidings.url}/mailbox").status_code == 404
        assert tidings.run("tidings init my-project && tidings apply my-project --yes").returncode == 0


def test_a_taken_port_is_named_with_what_to_do(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "tidings", "up", "--demo"],
            cwd=folder,
            env={**Running(folder, port=port).environment},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 1
    assert f"port {port} is in use" in done.stderr
    assert f"TIDINGS_PORT={port + 1}" in done.stderr
    assert not (folder / "data").exists()


def newest(tidings: Running) -> str:
    """The address of the newest message in the mailbox."""
    found = re.search(r'href="(/mailbox/\d+)', httpx.get(f"{tidings.url}/mailbox").text)
    assert found is not None
    return found[1]


def write_key(printed: str) -> str:
    found = re.search(r"write key\s+(\w+)", printed)
    assert found is not None, printed
    return found[1]
