"""A whole installation as processes of its own: `tidings up` on a free port, its data in a folder of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

BIN = Path(sys.executable).parent


class Running:
    """``with Running(folder, "--demo") as tidings``: entered once it says that it is up. ``printed``: what it has said so far."""

    def __init__(self, folder: Path, *arguments: str, port: int = 0) -> None:
        self.folder, self.arguments = folder, arguments
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._output = folder / "output"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """What a command needs to find the installation."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TIDINGS_")}
        return {
            **kept,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "TIDINGS_DATA": str(self.folder / "data"),
            "TIDINGS_PORT": str(self.port),
            "NO_COLOR": "1",
            "COLUMNS": "120",
        }

    @property
    def printed(self) -> str:
        return self._output.read_text(encoding="utf-8", errors="replace") if self._output.exists() else ""

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def start(self) -> None:
        """Start it, and wait until it says that it is up."""
        self._output.unlink(missing_ok=True)
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tidings", "up", *self.arguments],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            self.until(lambda: "Tidings is up" in self.printed)
        except BaseException:
            self.kill()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            code = self.stop()
        finally:
            self.kill()
        if error is None:
            assert code == 0, self.printed

    def stop(self) -> int:
        """Ask it to end, and wait until it has."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(40)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def until(self, claim: Callable[[], Any], seconds: float = 90) -> Any:
        """Wait until the claim holds; gives its value. Fails where the process ends before, or the time is over."""
        deadline = time.monotonic() + seconds
        while not (found := claim()):
            assert self._process is not None
            assert self._process.poll() is None, self.printed
            assert time.monotonic() < deadline, self.printed[-6000:]
            time.sleep(0.05)
        return found

    def run(self, command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a line of shell as somebody beside it would."""
        return subprocess.run(
            command,
            shell=True,
            cwd=cwd or self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def mailbox(self, words: str) -> list[str]:
        """Subjects of the messages in the mailbox that these words find, the newest first."""
        page = httpx.get(f"{self.url}/mailbox", params={"q": words}).text
        return re.findall(r'<span class="subject">([^<]*)</span>', page)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
