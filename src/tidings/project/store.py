"""The definitions in force of a workspace, read and written. This room's SQL."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from tidings import events
from tidings.database.pool import Connection
from tidings.kernel.ids import digest
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.rules import NO_DERIVED, Derived


@dataclass(frozen=True)
class InForce:
    """A numbered snapshot; number 0 is the empty one that a workspace begins with. ``changes``: what it changed, in words."""

    workspace: int
    number: int = 0
    body: Mapping[str, Any] = field(default_factory=dict)
    made_at: int = 0
    author: str = ""
    approver: str = ""
    note: str = ""
    changes: Sequence[str] = ()

    @property
    def told(self) -> dict[str, Any]:
        """The body as its author told it, without what is worked out as it comes into force."""
        return {key: value for key, value in self.body.items() if key != "since"}

    def journey(self, id: str) -> Mapping[str, Any]:
        """Give a journey's entry. Raises Invalid where there is no such journey."""
        known: Mapping[str, Mapping[str, Any]] = self.body.get("journeys", {})
        if id not in known:
            hint = did_you_mean(id, list(known)) or f"there are: {', '.join(sorted(known)) or 'none'}"
            raise Invalid([Problem(f"there is no journey `{id}`", hint)])
        return known[id]


async def newest(connection: Connection, workspace: int) -> InForce:
    """Read the newest snapshot."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM definitions WHERE workspace = $1 ORDER BY number DESC LIMIT 1", workspace
    )
    return _in_force(workspace, row) if row else InForce(workspace)


async def derived(connection: Connection, workspace: int) -> Derived:
    """Read what derived events are made of, and how long any event counts, in the newest definitions."""
    row = await connection.fetchrow(
        "SELECT (body -> 'events')::text, body -> 'settings' ->> 'retention' FROM definitions WHERE workspace = $1 "
        "ORDER BY number DESC LIMIT 1",
        workspace,
    )
    return events.derived(json.loads(row[0] or "{}"), row[1] or "") if row else NO_DERIVED


async def derived_documents(connection: Connection, workspace: int) -> dict[str, Any]:
    """Read the derived events of the newest definitions, by id, and nothing else of them."""
    text = await connection.fetchval(
        "SELECT (body -> 'events')::text FROM definitions WHERE workspace = $1 ORDER BY number DESC LIMIT 1", workspace
    )
    return dict(json.loads(text)) if text else {}


async def mailing(connection: Connection) -> list[int]:
    """List the workspaces whose mail leaves this installation."""
    rows = await connection.fetch(
        "SELECT w.id FROM workspaces w, LATERAL (SELECT body -> 'settings' AS own FROM definitions WHERE workspace = w.id "
        "ORDER BY number DESC LIMIT 1) newest WHERE own #>> '{channels,email,provider}' <> 'mailbox' ORDER BY w.id"
    )
    return [row[0] for row in rows]


async def at_moment(connection: Connection, workspace: int, at: int) -> InForce:
    """Read the snapshot that was the newest at a moment of the past."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM definitions WHERE workspace = $1 AND made_at <= $2 ORDER BY number DESC LIMIT 1",
        workspace,
        at,
    )
    return _in_force(workspace, row) if row else InForce(workspace)


async def numbered(connection: Connection, workspace: int, number: int) -> InForce | None:
    """Read one snapshot of the past; None where there is none of that number."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM definitions WHERE workspace = $1 AND number = $2", workspace, number
    )
    return _in_force(workspace, row) if row else None


async def templates(connection: Connection, workspace: int, numbers: Sequence[int]) -> dict[int, Any]:
    """Read the templates of snapshots of the past, and nothing else of them."""
    if not numbers:
        return {}
    rows = await connection.fetch(
        "SELECT number, (body -> 'templates')::text FROM definitions WHERE workspace = $1 AND number = ANY($2::integer[])",
        workspace,
        list(numbers),
    )
    return {number: json.loads(text) if text else {} for number, text in rows}


_COLUMNS: Final = "number, body, made_at, author, approver, note"


def _in_force(workspace: int, row: Any) -> InForce:
    return InForce(workspace, row[0], json.loads(row[1]), *row[2:])


async def heads(connection: Connection, workspace: int, numbers: Sequence[int]) -> dict[int, InForce]:
    """Read who put snapshots in force, when, and what they changed, without their bodies."""
    rows = await connection.fetch(
        "SELECT number, made_at, author, approver, note, changes FROM definitions WHERE workspace = $1 AND number = ANY($2::integer[])",
        workspace,
        list(numbers),
    )
    return {row[0]: InForce(workspace, row[0], {}, *row[1:]) for row in rows}


@dataclass(frozen=True)
class Written:
    """A text of content as one snapshot brought it; "" where that one took it away. ``format``: "" for pictures."""

    number: int
    made_at: int
    author: str
    approver: str
    note: str
    text: str
    format: str


async def texts(connection: Connection, workspace: int, kind: str, name: str, last: int = 300) -> list[Written]:
    """Read how a template, layout or snippet (or the hash of a picture) changed over the last so many snapshots, the newest first."""
    place, wrote = {
        "template": ([f"{kind}s", name, "text"], [f"{kind}s", name, "format"]),
        "asset": ([f"{kind}s", name, "hash"], []),
    }.get(kind, ([f"{kind}s", name], ["formats", f"{kind}s", name]))
    rows = await connection.fetch(
        "SELECT number, made_at, author, approver, note, text, CASE WHEN text <> '' THEN format ELSE '' END FROM (SELECT number, made_at, "
        "author, approver, note, text, format, lag(text) OVER w AS before, lag(format) OVER w AS former FROM (SELECT number, made_at, "
        "author, approver, note, coalesce(body #>> $2::text[], '') AS text, "
        "CASE WHEN $4::text[] = '{}' THEN '' ELSE coalesce(body #>> $4::text[], $5) END AS format "
        "FROM definitions WHERE workspace = $1 ORDER BY number DESC LIMIT $3) AS d WINDOW w AS (ORDER BY number)) AS e "
        "WHERE text IS DISTINCT FROM coalesce(before, '') OR (text <> '' AND format <> former) ORDER BY number DESC",
        workspace,
        place,
        last,
        wrote,
        "liquid" if kind == "snippet" else "html",
    )
    return [Written(*row) for row in rows]


async def lock(connection: Connection, workspace: int) -> bytes | None:
    """Hold the workspace until the transaction ends, so that one at a time changes it; gives its secret, None where there is none."""
    secret: bytes | None = await connection.fetchval(
        "SELECT secret FROM workspaces WHERE id = $1 FOR NO KEY UPDATE", workspace
    )
    return secret


async def keep(connection: Connection, made: InForce) -> None:
    """Write a snapshot; raises asyncpg.UniqueViolationError where that number is taken."""
    await connection.execute(
        "INSERT INTO definitions (workspace, number, made_at, body, author, approver, note, changes) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        made.workspace,
        made.number,
        made.made_at,
        _json(made.body),
        made.author,
        made.approver,
        made.note,
        list(made.changes),
    )


# Approval

NOBODY_IN: Final[Mapping[str, str]] = {}
"""Nobody who matches already is taken in."""


@dataclass(frozen=True)
class Request:
    """A change that waits for approval. ``over``: the definitions it was made against; ``hash``: of all that is approved; ``drafts``:
    those it publishes (kind, name, revision); ``given_by``: who approved or declined it, "" while it waits; ``said``: what the files said
    that it was made from; ``answer``: in the words of who declined it; ``take_in``: journeys that take in who matches already once it is
    approved, each with its rate. Times in microseconds."""

    id: int
    workspace: int
    over: int
    hash: bytes
    body: Mapping[str, Any]
    drafts: Sequence[tuple[str, str, int]]
    note: str
    asked_by: str
    asked_at: int
    given_by: str
    approved: bool
    said: "Said | None" = None
    answer: str = ""
    take_in: Mapping[str, str] = field(default_factory=dict)


_REQUEST: Final = (
    "id, workspace, over, hash, body, drafts, note, asked_by, asked_at, coalesce(given_by, ''), coalesce(approved, false), "
    "said, answer, take_in"
)


async def ask(
    connection: Connection,
    workspace: int,
    over: int,
    body: Mapping[str, Any],
    drafts: Sequence["Draft"],
    note: str,
    asked_by: str,
    asked_at: int,
    said: "Said | None" = None,
    take_in: Mapping[str, str] = NOBODY_IN,
) -> Request:
    """Write down what is to be approved. The same asked again is the same request, which a new note is for; where it was declined it waits
    again, as asked for now."""
    text = _json(body)
    whole = [json.dumps(body, sort_keys=True), *([json.dumps(take_in, sort_keys=True)] if take_in else [])]
    found = await connection.fetchrow(
        "INSERT INTO approvals AS a (workspace, over, hash, body, drafts, note, asked_by, asked_at, said, take_in) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (workspace, hash) DO UPDATE SET given_by = NULL, given_at = NULL, "
        "approved = NULL, answer = '', said = coalesce(excluded.said, a.said), drafts = excluded.drafts, "
        "note = CASE WHEN a.given_by IS NULL THEN coalesce(nullif(excluded.note, ''), a.note) ELSE excluded.note END, "
        "asked_by = CASE WHEN a.given_by IS NULL THEN a.asked_by ELSE excluded.asked_by END, "
        "asked_at = CASE WHEN a.given_by IS NULL THEN a.asked_at ELSE excluded.asked_at END "
        f"RETURNING {_REQUEST}",
        workspace,
        over,
        digest("approval", workspace, over, *whole),
        text,
        _json([(draft.kind, draft.name, draft.revision) for draft in drafts]),
        note,
        asked_by,
        asked_at,
        None
        if said is None
        else _json({"whole": said.whole, "documents": [[*key, d] for key, d in said.documents.items()]}),
        _json(take_in),
    )
    return _request(found)


async def requests(connection: Connection, workspace: int) -> list[Request]:
    """Read what waits for approval, the oldest first."""
    rows = await connection.fetch(
        f"SELECT {_REQUEST} FROM approvals WHERE workspace = $1 AND given_by IS NULL ORDER BY id", workspace
    )
    return [_request(row) for row in rows]


class Answered(NamedTuple):
    """What became of a request: ``given_by`` and ``given_at``: who approved or declined it, and when; ``answer``: in their words."""

    id: int
    drafts: Sequence[tuple[str, str, int]]
    note: str
    asked_by: str
    given_by: str
    given_at: int
    approved: bool
    answer: str


async def answered(connection: Connection, workspace: int, most: int) -> list[Answered]:
    """Read what was approved or declined, the newest answer first."""
    rows = await connection.fetch(
        "SELECT id, drafts, note, asked_by, given_by, given_at, approved, answer FROM approvals "
        "WHERE workspace = $1 AND given_by IS NOT NULL ORDER BY given_at DESC, id DESC LIMIT $2",
        workspace,
        most,
    )
    return [Answered(row[0], [tuple(each) for each in json.loads(row[1])], *row[2:]) for row in rows]


async def request(connection: Connection, workspace: int, id: int) -> Request | None:
    """Read one request."""
    row = await connection.fetchrow(f"SELECT {_REQUEST} FROM approvals WHERE workspace = $1 AND id = $2", workspace, id)
    return _request(row) if row else None


async def settle_request(
    connection: Connection, id: int, given_by: str, at: int, *, approved: bool, answer: str = ""
) -> bool:
    """Write down who approved or declined a request; False where somebody else did meanwhile."""
    done = await connection.execute(
        "UPDATE approvals SET given_by = $2, given_at = $3, approved = $4, answer = $5 WHERE id = $1 AND given_by IS NULL",
        id,
        given_by,
        at,
        approved,
        answer,
    )
    return str(done).endswith(" 1")


def _request(row: Any) -> Request:
    drafts = [(kind, name, revision) for kind, name, revision in json.loads(row[5])]
    said = None if row[11] is None else json.loads(row[11])
    files = said and Said({(kind, name): document for kind, name, document in said["documents"]}, said["whole"])
    body, asked, given = json.loads(row[4]), (row[6], row[7], row[8]), (row[9], row[10])
    return Request(row[0], row[1], row[2], row[3], body, drafts, *asked, *given, files, row[12], json.loads(row[13]))


# Drafts


@dataclass(frozen=True)
class Draft:
    """A document as somebody left it. ``body``: the plain document of a journey or segment, else ``{text, format}``.

    ``revision`` grows by one with each write; ``base``: the definitions it was begun from. Times in microseconds.
    """

    workspace: int
    kind: str
    name: str
    revision: int
    base: int
    body: Mapping[str, Any]
    made_by: str
    made_at: int
    changed_by: str
    changed_at: int


_DRAFT: Final = "kind, name, revision, base, body, made_by, made_at, changed_by, changed_at"


async def drafts(connection: Connection, workspace: int, kind: str = "", name: str = "") -> list[Draft]:
    """Read drafts, by kind and name: all, or those of one kind or of one name."""
    rows = await connection.fetch(
        f"SELECT {_DRAFT} FROM drafts WHERE workspace = $1 AND (kind = $2 OR $2 = '') AND (name = $3 OR $3 = '') ORDER BY kind, name",
        workspace,
        kind,
        name,
    )
    return [_draft(workspace, row) for row in rows]


async def drafted(connection: Connection, workspace: int, kind: str) -> set[str]:
    """Give what there are drafts of, of one kind, by name."""
    rows = await connection.fetch("SELECT name FROM drafts WHERE workspace = $1 AND kind = $2", workspace, kind)
    return {row["name"] for row in rows}


async def draft(connection: Connection, workspace: int, kind: str, name: str) -> Draft | None:
    """Read one draft."""
    row = await connection.fetchrow(
        f"SELECT {_DRAFT} FROM drafts WHERE workspace = $1 AND kind = $2 AND name = $3", workspace, kind, name
    )
    return _draft(workspace, row) if row else None


async def write_draft(connection: Connection, made: Draft) -> Draft | None:
    """Write a draft over the revision before ``made.revision`` (1: where there is none); None where another is there.

    What is there keeps its base, and who made it when.
    """
    values = (
        made.workspace,
        made.kind,
        made.name,
        made.revision,
        made.base,
        _json(made.body),
        made.changed_by,
        made.changed_at,
    )
    if made.revision == 1:
        row = await connection.fetchrow(
            "INSERT INTO drafts (workspace, kind, name, revision, base, body, made_by, made_at, changed_by, changed_at) "
            f"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7, $8) ON CONFLICT DO NOTHING RETURNING {_DRAFT}",
            *values,
        )
    else:
        row = await connection.fetchrow(
            "UPDATE drafts SET revision = $4, base = $5, body = $6, changed_by = $7, changed_at = $8 "
            f"WHERE workspace = $1 AND kind = $2 AND name = $3 AND revision = $4 - 1 RETURNING {_DRAFT}",
            *values,
        )
    return _draft(made.workspace, row) if row else None


async def discard_draft(connection: Connection, workspace: int, kind: str, name: str, revision: int) -> bool:
    """Take a draft away where it is of this revision; says whether it was."""
    found = await connection.fetchval(
        "DELETE FROM drafts WHERE workspace = $1 AND kind = $2 AND name = $3 AND revision = $4 RETURNING 1",
        workspace,
        kind,
        name,
        revision,
    )
    return found is not None


def _draft(workspace: int, row: Any) -> Draft:
    return Draft(workspace, row[0], row[1], row[2], row[3], json.loads(row[4]), *row[5:])


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


# What files said


@dataclass(frozen=True)
class Said:
    """What the files said, by (kind, name), as plain data; ``whole``: all of a folder, so that what is missing is not said any more."""

    documents: Mapping[tuple[str, str], Any]
    whole: bool = True


async def said_by_files(connection: Connection, workspace: int) -> dict[tuple[str, str], tuple[int, Any]]:
    """Read (kind, name) -> (number, plain document) of what the files said when they were last applied."""
    rows = await connection.fetch(
        "SELECT kind, name, number, document FROM said_by_files WHERE workspace = $1", workspace
    )
    return {(row[0], row[1]): (row[2], json.loads(row[3])) for row in rows}


async def keep_said(
    connection: Connection, workspace: int, number: int, said: Mapping[tuple[str, str], Any], *, whole: bool
) -> None:
    """Write down what the files say; ``whole``: what they no longer say is forgotten."""
    keys = list(said)
    kinds, names = [kind for kind, _ in keys], [name for _, name in keys]
    if whole:
        await connection.execute(
            "DELETE FROM said_by_files WHERE workspace = $1 "
            "AND (kind, name) NOT IN (SELECT * FROM unnest($2::text[], $3::text[]))",
            workspace,
            kinds,
            names,
        )
    await connection.execute(
        "INSERT INTO said_by_files (workspace, kind, name, number, document) "
        "SELECT $1, kind, name, $2, document::json FROM unnest($3::text[], $4::text[], $5::text[]) AS s (kind, name, document) "
        "ON CONFLICT (workspace, kind, name) DO UPDATE SET number = excluded.number, document = excluded.document",
        workspace,
        number,
        kinds,
        names,
        [_json(said[key]) for key in keys],
    )
