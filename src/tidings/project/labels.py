"""How people keep documents in order: a folder, tags, the archive, and what is somebody's favourite.

None of it is part of a document: it stands beside them, changes nothing that runs, and no file says it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from tidings import events, journeys, segments
from tidings.database.pool import Connection
from tidings.journeys.document import segments as segments_of
from tidings.kernel.problems import Invalid, Problem
from tidings.project import saying, store
from tidings.project.body import documents_of
from tidings.project.uses import users

KINDS: Final = ("journey", "segment", "template", "layout", "snippet", "asset", "event")
OPEN: Final = ("live", "paused")
"""Statuses of a journey that is not for the archive: somebody may still come in."""
LONGEST: Final = 60
"""Characters of a folder or tag."""
MANY: Final = 10
"""Tags of one document."""


class Label(NamedTuple):
    """``archived_at``: microseconds, None where it stands in the lists. ``favourite``: of whoever asks."""

    kind: str
    name: str
    folder: str
    tags: Sequence[str]
    archived_at: int | None
    archived_by: str
    favourite: bool


async def read(connection: Connection, workspace: int, account: int | None) -> list[Label]:
    """Read every label of a workspace, with the favourites of an account."""
    rows = await connection.fetch(
        "SELECT kind, name, coalesce(l.folder, ''), coalesce(l.tags, '{}'), l.archived_at, coalesce(l.archived_by, ''), "
        "f.account IS NOT NULL FROM (SELECT * FROM labels WHERE workspace = $1) AS l "
        "FULL JOIN (SELECT * FROM favourites WHERE workspace = $1 AND account = $2) AS f USING (kind, name) "
        "ORDER BY kind, name",
        workspace,
        account,
    )
    return [Label(*row) for row in rows]


async def archived(connection: Connection, workspace: int) -> set[tuple[str, str]]:
    """Give (kind, name) of what is in the archive."""
    rows = await connection.fetch(
        "SELECT kind, name FROM labels WHERE workspace = $1 AND archived_at IS NOT NULL", workspace
    )
    return {(row[0], row[1]) for row in rows}


async def keep(
    connection: Connection, workspace: int, kind: str, name: str, folder: str, tags: Sequence[str]
) -> tuple[str, Sequence[str]]:
    """Put a document into a folder and give it tags; gives both as they are kept. Raises Invalid."""
    folder, tags = folder.strip(), tuple(dict.fromkeys(filter(None, (each.strip() for each in tags))))
    problems = [
        Problem(f"`{each}` is longer than {LONGEST} characters", "shorten it", (where,))
        for where, each in (("folder", folder), *(("tags", tag) for tag in tags))
        if len(each) > LONGEST
    ]
    if len(tags) > MANY:
        problems.append(Problem(f"there are more than {MANY} tags", "leave some out", ("tags",)))
    if problems:
        raise Invalid(problems)
    await connection.execute(
        "INSERT INTO labels (workspace, kind, name, folder, tags) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (workspace, kind, name) DO UPDATE SET folder = excluded.folder, tags = excluded.tags",
        workspace,
        kind,
        name,
        folder,
        list(tags),
    )
    return folder, tags


async def archive(connection: Connection, workspace: int, kind: str, name: str, at: int | None, by: str) -> None:
    """Put a document into the archive at a moment, or (None) take it out again."""
    await connection.execute(
        "INSERT INTO labels (workspace, kind, name, archived_at, archived_by) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (workspace, kind, name) DO UPDATE SET archived_at = excluded.archived_at, "
        "archived_by = excluded.archived_by",
        workspace,
        kind,
        name,
        at,
        by if at is not None else "",
    )


async def favour(connection: Connection, workspace: int, account: int, kind: str, name: str, on: bool) -> None:
    """Make a document an account's favourite, or no more."""
    if on:
        query = "INSERT INTO favourites (account, workspace, kind, name) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
    else:
        query = "DELETE FROM favourites WHERE account = $1 AND workspace = $2 AND kind = $3 AND name = $4"
    await connection.execute(query, account, workspace, kind, name)


def removed(before: Mapping[str, Any], body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give (kind, name) of what one body has and the next one has no more."""
    return [
        (kind, name) for kind in KINDS for name in before.get(f"{kind}s", {}) if name not in body.get(f"{kind}s", {})
    ]


async def forget(connection: Connection, workspace: int, gone: Sequence[tuple[str, str]]) -> None:
    """Take the labels of documents that are no more along, so that another one of that name begins without; a draft keeps its own."""
    for table in ("labels", "favourites"):
        await connection.execute(
            f"DELETE FROM {table} t USING unnest($2::text[], $3::text[]) AS gone(k, n) WHERE t.workspace = $1 AND t.kind = gone.k "
            "AND t.name = gone.n AND NOT EXISTS (SELECT FROM drafts d WHERE (d.workspace, d.kind, d.name) = ($1, gone.k, gone.n))",
            workspace,
            [kind for kind, _ in gone],
            [name for _, name in gone],
        )


async def forget_draft(connection: Connection, workspace: int, kind: str, name: str) -> None:
    """Take the labels of a draft along that was discarded, unless something of its name is in force."""
    if name not in (await store.newest(connection, workspace)).body.get(f"{kind}s", {}):
        await forget(connection, workspace, [(kind, name)])


def in_use(body: Mapping[str, Any], kind: str, name: str, away: Collection[tuple[str, str]] = ()) -> list[str]:
    """Say what keeps a document in force from the archive: that people may come in, or who uses it. What is in the archive itself
    (``away``) keeps nothing."""
    entries = {
        id: entry
        for id, entry in body.get("journeys", {}).items()
        if entry["status"] in OPEN or ("journey", id) not in away
    }
    if kind == "journey":
        return ["it is not closed"] if name in entries and entries[name]["status"] in OPEN else []
    if kind == "segment":
        using = [
            f"the journey {title(body, 'journey', id)}"
            for id, each in entries.items()
            if name in segments_of(journeys.read(each["document"]))
        ]
        for id, document in body.get("segments", {}).items():
            compiled = segments.read(document).compiled
            if compiled is not None and name in compiled.segments and ("segment", id) not in away:
                using.append(f"the segment {title(body, 'segment', id)}")
        return using
    if kind == "event":
        return _saying(body, entries, name, away)
    found = users(body).get((kind, name), [])
    return [
        f"the {other} {title(body, other, id)}"
        for other, id in found
        if (id in entries if other == "journey" else (other, id) not in away)
    ]


def title(body: Mapping[str, Any], kind: str, name: str) -> str:
    """Give what people call a document in force; its id where it has no name beside that."""
    entry = body.get(f"{kind}s", {}).get(name)
    document = entry.get("document", entry) if isinstance(entry, Mapping) else {}
    return str(document.get("name") or name)


def _saying(
    body: Mapping[str, Any], entries: Mapping[str, Any], name: str, away: Collection[tuple[str, str]]
) -> list[str]:
    document = body.get("events", {}).get(name)
    if document is None:
        return []
    names, documents = frozenset(events.read(document).names), documents_of(body)
    return [
        f"the {'derived event' if other == 'event' else other} {title(body, other, id)}"
        for other, folder in saying.FOLDERS.items()
        for id, each in sorted(documents[folder].items())
        if (other, id) != ("event", name)
        and (id in entries if other == "journey" else (other, id) not in away)
        and saying.says(other, each, names)
    ]
