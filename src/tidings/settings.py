"""Settings of an installation: environment variables `TIDINGS_*`, and the same in a file ``.env``, checked in full before anything starts.

The environment wins over the file. What a workspace is (senders, topics, journeys) stands in its project folder instead.
"""

import os
import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from msgspec import Struct

from tidings.kernel.problems import Invalid, Problem, did_you_mean

PREFIX: Final = "TIDINGS_"
SECRETS: Final = "TIDINGS_SECRET_"
"""Names with this prefix are free: the first workspace may name them where it needs a secret, others those allotted to them."""
_IGNORED: Final = (SECRETS, "TIDINGS_TEST_")


class Settings(Struct, frozen=True, kw_only=True):
    """The settings as read. ``database_url`` None: a private PostgreSQL in ``data``. ``url``: where people's browsers reach this
    installation, without a slash at the end. ``workspace_secrets``: workspace -> variables that it may name."""

    database_url: str | None = None
    data: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = 8000
    url: str = "http://127.0.0.1:8000"
    assets_url: str = ""
    development: bool = False
    rate_limit: int = 1000
    answer_within: int = 10
    metrics_token: str = ""
    proxies: tuple[str, ...] = ("127.0.0.1/32", "::1/128")
    workers: int = 1
    batch: int = 2000
    connections: int = 8
    log_level: str = "info"
    actions: bool = False
    key: str = ""
    sign_on_networks: tuple[str, ...] = ()
    mail_networks: tuple[str, ...] = ()
    webhook_networks: tuple[str, ...] = ()
    workspace_secrets: Mapping[str, tuple[str, ...]] = {}
    keep_rehearsals: int = 90
    keep_catalog_days: int = 400

    @property
    def pictures(self) -> str:
        """What the addresses of pictures begin with."""
        return self.assets_url or self.url

    @property
    def shown(self) -> tuple[str, ...]:
        """Where pictures are that previews show without being asked: only our own."""
        return tuple(dict.fromkeys(f"{base}/a/" for base in (self.pictures, self.url)))


class _Setting(NamedTuple):
    """How one setting is read: what it says, a right example, a reader that raises ValueError with the value's fault."""

    field: str
    says: str
    example: str
    read: Callable[[str], Any]
    secret: bool = False
    default: str = ""

    @property
    def name(self) -> str:
        return PREFIX + self.field.upper()


def load(environment: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")) -> Settings:
    """Read the settings. Raises `Invalid` with every fault found, each naming the setting and a right example."""
    given = _read_file(dotenv) if dotenv is not None and dotenv.is_file() else {}
    for name, value in (os.environ if environment is None else environment).items():
        if name.startswith(PREFIX):
            given[name] = (value, "", 0)
    problems, values = [], {}
    known = {setting.name: setting for setting in SETTINGS}
    for name, (value, file, line) in given.items():
        setting = known.get(name)
        if setting is None:
            if name.startswith(PREFIX) and not name.startswith(_IGNORED):
                hint = did_you_mean(name, list(known)) or f"there are: {', '.join(known)}"
                problems.append(Problem(f"{name} is no setting", hint, file=file, line=line, column=int(bool(line))))
        elif value.strip():
            try:
                values[setting.field] = setting.read(value.strip())
            except ValueError as fault:
                shown = "its value" if setting.secret else repr(value)
                problems.append(
                    Problem(
                        f"{name}: {shown} {fault}",
                        f"write for example {name}={setting.example}",
                        file=file,
                        line=line,
                        column=int(bool(line)),
                    )
                )
    if problems:
        raise Invalid(problems)
    if "url" not in values:
        host = values.get("host", "127.0.0.1")
        host = "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104
        values["url"] = f"http://{host}:{values.get('port', 8000)}"
    return Settings(**values)


def secrets(environment: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")) -> dict[str, str]:
    """Give where channels look up what their settings name: the environment, and behind it the ``TIDINGS_SECRET_*`` of the file."""
    given = _read_file(dotenv) if dotenv is not None and dotenv.is_file() else {}
    written = {name: value for name, (value, _, _) in given.items() if name.startswith(SECRETS)}
    return written | dict(os.environ if environment is None else environment)


def reference() -> str:
    """Print the page ``docs/reference/settings.md``."""
    rows = "\n".join(
        f"| `{s.name}` | {s.says} | {f'`{s.default}`' if s.default else 'none'} | `{s.example}` |" for s in SETTINGS
    )
    return f"""# Settings of an installation

Environment variables, or lines `NAME=value` in a file `.env` in the folder Tidings is started in; the environment wins. They are
checked in full before anything starts, and an unknown name is an error. What a *workspace* is (senders, topics, journeys,
templates) stands in its project folder instead.

| setting | what it says | without it | example |
| --- | --- | --- | --- |
{rows}

Names that begin with `{SECRETS}` are yours: a project's `tidings.toml` names one where a channel needs a secret. Where there are several
workspaces, [each has its own](../guides/project-files.md#secrets).

This page is written by `tidings.settings.reference()`: `make docs` writes it, a test keeps it current.
"""


def _read_file(path: Path) -> dict[str, tuple[str, str, int]]:
    """Name -> (value, file, line) of a ``.env`` file: ``NAME=value``, quotes around a value, ``export`` and ``#`` comments allowed."""
    found, problems = {}, []
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.strip().removeprefix("export ").lstrip()
        if not line or line.startswith("#"):
            continue
        name, mark, value = line.partition("=")
        if not mark or not name.strip().isidentifier():
            problems.append(
                Problem("this line is no setting", "write NAME=value", file=str(path), line=number, column=1)
            )
            continue
        found[name.strip()] = (_unquoted(value.strip()), str(path), number)
    if problems:
        raise Invalid(problems)
    return found


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] in "'\"":
        end = value.find(value[0], 1)
        if end > 0:
            return value[1:end]
    return value.partition(" #")[0].rstrip()


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError("is no address of a PostgreSQL")
    if not parts.path.strip("/"):
        raise ValueError("names no database after the host")
    return value


def _host(value: str) -> str:
    try:
        return str(ip_address(value.strip("[]")))
    except ValueError:
        if value != "localhost":
            raise ValueError("is no address to listen on") from None
    return value


def _token(value: str) -> str:
    if not (len(value) >= 16 and value.isascii() and value.isprintable() and " " not in value):
        raise ValueError("is no token: at least 16 letters, digits and signs")
    return value


def _key(value: str) -> str:
    if len(value) < 32:
        raise ValueError("is too short to be safe: at least 32 characters")
    return value


def _networks(value: str) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(part.strip())) for part in value.split(","))
    except ValueError:
        raise ValueError("is no list of addresses or networks") from None


def _allotted(value: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for part in filter(str.strip, value.split(";")):
        workspace, mark, said = part.partition(":")
        names = tuple(name.strip() for name in said.split(",") if name.strip())
        if not mark or not workspace.strip() or not names:
            raise ValueError("is no list of workspaces with the variables of each")
        for name in names:
            if not re.fullmatch(r"[A-Z][A-Z0-9_]*\*?", name):
                raise ValueError(f"names {name}, which is no variable; a `*` may stand at the end")
            whole = name.endswith("*") and PREFIX.startswith(name[:-1])
            if whole or (name.startswith(PREFIX) and not name.startswith(SECRETS)):
                raise ValueError(f"names {name}, where settings of the installation are; secrets begin with {SECRETS}")
        found[workspace.strip()] = (*found.get(workspace.strip(), ()), *names)
    return found


def _web(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is no web address")
    if parts.query or parts.fragment:
        raise ValueError("has a query or fragment; only scheme, host, port and path are meant")
    return value.rstrip("/")


def _number(least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not (value.isascii() and value.isdigit()) or not least <= int(value) <= most:
            raise ValueError(f"is not a whole number from {least} to {most}")
        return int(value)

    return read


def _yes(value: str) -> bool:
    answers = {"yes": True, "true": True, "1": True, "on": True, "no": False, "false": False, "0": False, "off": False}
    if value.lower() not in answers:
        raise ValueError("is neither yes nor no")
    return answers[value.lower()]


def _level(value: str) -> str:
    if value.lower() not in ("debug", "info", "warning", "error"):
        raise ValueError("is none of debug, info, warning, error")
    return value.lower()


SETTINGS: Final = (
    _Setting(
        "database_url",
        "The PostgreSQL (15 or newer) to work on; without it, a private one runs in the data folder",
        "postgresql://tidings:secret@db.example.com/tidings",
        _address,
        secret=True,
    ),
    _Setting("data", "Folder of the private PostgreSQL", "/var/lib/tidings", Path, default="data"),
    _Setting("host", "Address the API listens on", "0.0.0.0", _host, default="127.0.0.1"),  # noqa: S104
    _Setting("port", "Port the API listens on", "8000", _number(1, 65535), default="8000"),
    _Setting(
        "url",
        "Where browsers reach this installation: in links of mails, pixels, unsubscribe pages",
        "https://tidings.example.com",
        _web,
        default="http://HOST:PORT",
    ),
    _Setting(
        "assets_url",
        "Where mail loads its pictures from, where a CDN stands before this installation: it takes `/a/…` from `TIDINGS_URL`, and may keep "
        "it for ever",
        "https://img.example.com",
        _web,
        default="TIDINGS_URL",
    ),
    _Setting(
        "development",
        'Serve the mailbox at `/mailbox`, to whoever reaches it: what channels with `provider = "mailbox"` kept instead of sending it',
        "yes",
        _yes,
        default="no",
    ),
    _Setting("rate_limit", "Requests a second that one key may make", "1000", _number(1, 10_000_000), default="1000"),
    _Setting(
        "answer_within",
        "Seconds after which a request that still waits for the database is answered 503 and told to come again",
        "10",
        _number(1, 60),
        default="10",
    ),
    _Setting(
        "metrics_token",
        "What `GET /metrics` asks for as a bearer token; without it, it is answered on this machine alone",
        "a1b2c3d4e5f6g7h8",
        _token,
        secret=True,
    ),
    _Setting(
        "proxies",
        "Addresses or networks of the web servers before this one, whose `X-Forwarded-For` is believed",
        "10.0.0.0/8, 127.0.0.1",
        _networks,
        default="127.0.0.1, ::1",
    ),
    _Setting(
        "key",
        "What secrets are encrypted with before the database keeps them; without it, one is drawn and kept in the file `key` "
        "of the data folder. Machines that share a database need the same one",
        "0f3c9a5b7d1e4826a0c3f5b7d9e1a2c4",
        _key,
        secret=True,
    ),
    _Setting(
        "sign_on_networks",
        "Networks of your own in which a [single sign-on](../guides/single-sign-on.md) provider may stand; without it, only public "
        "addresses are asked, by https",
        "10.1.0.0/16",
        _networks,
        default="",
    ),
    _Setting(
        "mail_networks",
        "Networks of your own in which a [mail server](../guides/email.md) may stand; without it, only public addresses are reached",
        "127.0.0.1, 10.1.0.0/16",
        _networks,
    ),
    _Setting(
        "webhook_networks",
        "Networks of your own that [webhooks](../guides/webhooks.md), [alerts](../guides/alerts.md) and functions of projects may reach, "
        "of every workspace; without it, "
        "only public addresses",
        "10.1.0.0/16",
        _networks,
    ),
    _Setting(
        "workspace_secrets",
        "Which variables a workspace may name as secrets; a `*` at the end stands for any ending. A workspace that is not listed may name "
        f"none, but for the first one: it may name each `{SECRETS}…` that is listed for no other",
        "production: TIDINGS_SECRET_SMTP, TIDINGS_SECRET_SHOP_*; staging: TIDINGS_SECRET_STAGING_*",
        _allotted,
    ),
    _Setting(
        "keep_rehearsals",
        "Days after which the results of backtests and simulations are forgotten",
        "90",
        _number(1, 10_000),
        default="90",
    ),
    _Setting(
        "keep_catalog_days",
        "Days for which the catalog knows how often an event was seen on each",
        "400",
        _number(31, 10_000),
        default="400",
    ),
    _Setting(
        "workers",
        "Workers that `tidings up` runs; each is a process that can keep one core busy, and takes a fair share of the people",
        "2",
        _number(1, 64),
        default="1",
    ),
    _Setting("batch", "Records a worker applies in one commit, at most", "2000", _number(1, 20_000), default="2000"),
    _Setting(
        "connections", "Connections to the database that one process opens, at most", "8", _number(3, 100), default="8"
    ),
    _Setting(
        "actions",
        "Let journeys run the functions of projects (`actions/*.py`), each in a process of its own that reaches nothing; needs Linux",
        "yes",
        _yes,
        default="no",
    ),
    _Setting("log_level", "What is logged: debug, info, warning or error", "info", _level, default="info"),
)
