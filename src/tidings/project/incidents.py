"""Incidents: what needs a look, told to people once when it begins and once when it is over.

A look finds what is so now. What was not so before begins an incident; one is over when it has not been so for some minutes, so that
what comes and goes is one. All that is untold goes into one notice to each reader, and there are only so many notices an hour: what comes
beyond that waits and is told together. An incident that is over before anybody was told is not worth a word.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from tidings.database.access import Workspace
from tidings.database.pool import Connection
from tidings.history import curves
from tidings.kernel.ids import digest
from tidings.kernel.times import DAY, HOUR, MINUTE, show_duration
from tidings.project import approval, looks, store
from tidings.project.looks import KINDS, Look

OVER: Final = 10 * MINUTE
MOST: Final = 6
"""Notices to one reader within an hour."""
KEPT: Final = 90 * DAY
SLACK: Final = "ALERTS_SLACK_URL"
"""The stored secret that holds the address of Slack's incoming webhook."""
_SHOWN: Final = 20
"""Incidents that one notice names."""


class Incident(Struct):
    """``ended``: None while it lasts. Times in microseconds."""

    id: int
    key: str
    says: str
    place: str
    grave: bool
    began: int
    seen: int
    ended: int | None
    told: bool


class Reader(Struct):
    """Whom a notice goes to. ``way``: `mail` to the ``recipient``'s address, or `slack`. ``skips``: the kinds they do not want to hear of;
    one that comes later is heard of."""

    way: str
    recipient: str
    skips: list[str]

    @property
    def kinds(self) -> list[str]:
        return [each.name for each in KINDS if each.name not in self.skips]


async def watch(connection: Connection, workspace: Workspace, url: str, now: int) -> int:
    """Look once; gives how many notices were made. In one transaction, one at a time for a workspace: whoever comes second passes by."""
    lock = int.from_bytes(digest("incidents", workspace.id)[:8], "big", signed=True)
    async with connection.transaction():
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", lock):
            return 0
        await _note(connection, workspace.id, await _looks(connection, workspace.id, now), now)
        return await _tell(connection, workspace, url, now)


async def _looks(connection: Connection, workspace: int, now: int) -> list[Look]:
    today = now // DAY
    in_force = await store.newest(connection, workspace)
    points = await curves.daily(connection, workspace, today - 7, looks.COUNTED)
    found = await looks.find(connection, workspace, in_force.body, points, today)
    for each in await approval.waiting(connection, in_force):
        says = f"{each.asked_by} asks for approval{': ' + each.note if each.note else ''}"
        found.append(Look("approval", f"approval:{each.id}", says, "", f"settings/approvals/{each.id}"))
    return found


async def _note(connection: Connection, workspace: int, found: Sequence[Look], now: int) -> None:
    """Write down what begins, what goes on and what is over."""
    await connection.executemany(
        "INSERT INTO incidents (workspace, key, says, place, grave, began, seen) VALUES ($1, $2, $3, $4, $5, $6, $6) "
        "ON CONFLICT (workspace, key) WHERE ended IS NULL DO UPDATE SET seen = excluded.seen, says = excluded.says",
        [(workspace, each.key, each.says, each.place, each.grave, now) for each in found],
    )
    await connection.execute(
        "UPDATE incidents SET ended = $2, end_told = NOT told WHERE workspace = $1 AND ended IS NULL AND seen <= $2 - $3::bigint",
        workspace,
        now,
        OVER,
    )
    for table, column in (("incidents", "ended"), ("notices", "made")):
        await connection.execute(f"DELETE FROM {table} WHERE workspace = $1 AND {column} < $2", workspace, now - KEPT)


async def _tell(connection: Connection, workspace: Workspace, url: str, now: int) -> int:
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM incidents WHERE workspace = $1 AND ((NOT told AND ended IS NULL) OR (ended IS NOT NULL AND NOT end_told)) "
        "ORDER BY grave DESC, id",
        workspace.id,
    )
    untold = [Incident(*row) for row in rows]
    if not untold:
        return 0
    readers = await readers_of(connection, workspace.id)
    if not readers:
        return 0  # whoever chooses to be told later hears of what lasts
    lately = await connection.fetchval(
        "SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM notices WHERE workspace = $1 AND made > $2 "
        "GROUP BY way, recipient) AS r",
        workspace.id,
        now - HOUR,
    )
    if lately >= MOST:
        return 0  # what is untold stays so, and is told together when there is room
    made = 0
    for reader in readers:
        own = [each for each in untold if kind_of(each) not in reader.skips]
        if own:
            subject, text = compose(workspace.name, url, own)
            await connection.execute(
                "INSERT INTO notices (workspace, way, recipient, subject, text, made, next_attempt) VALUES ($1, $2, $3, $4, $5, $6, $6)",
                workspace.id,
                reader.way,
                reader.recipient,
                subject,
                text,
                now,
            )
            made += 1
    await connection.execute(
        "UPDATE incidents SET told = true, end_told = ended IS NOT NULL WHERE id = ANY($1::bigint[])",
        [each.id for each in untold],
    )
    return made


def kind_of(incident: Incident) -> str:
    """Give the kind of what needs a look."""
    return incident.key.partition(":")[0]


def compose(workspace: str, url: str, told: Sequence[Incident]) -> tuple[str, str]:
    """Put incidents into a subject and a text. Nothing of what people sent or are called is in it."""
    began = [each for each in told if each.ended is None]
    ended = [each for each in told if each.ended is not None]
    if len(told) == 1:
        subject = told[0].says if began else f"Over: {told[0].says}"
    elif began:
        subject = f"{len(began)} {'thing needs' if len(began) == 1 else 'things need'} a look"
    else:
        subject = f"{len(ended)} things are over"
    lines = []
    for each in began[:_SHOWN]:
        lines += [f"{'Urgent: ' if each.grave else ''}{each.says}.", f"{url}/{workspace}/{each.place}", ""]
    for each in ended[:_SHOWN]:
        lasted = max(MINUTE, ((each.ended or 0) - OVER - each.began) // MINUTE * MINUTE)
        lines += [f"Over, after {show_duration(lasted)}: {each.says}.", ""]
    if (more := len(began[_SHOWN:]) + len(ended[_SHOWN:])) > 0:
        lines += [f"And {more} more.", ""]
    lines += [f"All that needs a look: {url}/{workspace}", f"Who is told: {url}/{workspace}/settings/alerts"]
    return f"{workspace}: {subject}"[:200], "\n".join(lines)


async def readers_of(connection: Connection, workspace: int) -> list[Reader]:
    """Who is told: members who chose so, and Slack where its address is stored."""
    rows = await connection.fetch(
        "SELECT 'mail', a.email, r.skips FROM incident_readers r JOIN team_members m USING (workspace, account) "
        "JOIN accounts a ON a.id = r.account WHERE r.workspace = $1 "
        "UNION ALL SELECT 'slack', '', coalesce(k.skips, '{}') FROM secrets s LEFT JOIN incident_slack k USING (workspace) "
        "WHERE s.workspace = $1 AND s.name = $2 ORDER BY 1, 2",
        workspace,
        SLACK,
    )
    return [Reader(*row) for row in rows]


async def choose(connection: Connection, workspace: int, account: int, kinds: Sequence[str] | None) -> list[str] | None:
    """Let an account be told of some kinds, or (None) of nothing any longer; gives what it chose before."""
    before = await connection.fetchval(
        "SELECT skips FROM incident_readers WHERE workspace = $1 AND account = $2", workspace, account
    )
    await connection.execute("DELETE FROM incident_readers WHERE workspace = $1 AND account = $2", workspace, account)
    if kinds is not None:
        await connection.execute(
            "INSERT INTO incident_readers (workspace, account, skips) VALUES ($1, $2, $3)",
            workspace,
            account,
            _skips(kinds),
        )
    return None if before is None else Reader("mail", "", before).kinds


async def choose_for_slack(connection: Connection, workspace: int, kinds: Sequence[str]) -> list[str]:
    """Let Slack be told of some kinds; gives those of before."""
    before = await connection.fetchval("SELECT skips FROM incident_slack WHERE workspace = $1", workspace)
    await connection.execute(
        "INSERT INTO incident_slack VALUES ($1, $2) ON CONFLICT (workspace) DO UPDATE SET skips = excluded.skips",
        workspace,
        _skips(kinds),
    )
    return Reader("slack", "", before or []).kinds


def _skips(kinds: Sequence[str]) -> list[str]:
    return [each.name for each in KINDS if each.name not in kinds]


_COLUMNS: Final = "id, key, says, place, grave, began, seen, ended, told"


async def newest(connection: Connection, workspace: int, limit: int = 30) -> list[Incident]:
    """List incidents, the newest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM incidents WHERE workspace = $1 ORDER BY id DESC LIMIT $2", workspace, limit
    )
    return [Incident(*row) for row in rows]


# Handing notices over


class Notice(Struct):
    """One to be handed over."""

    id: int
    workspace: int
    way: str
    recipient: str
    subject: str
    text: str
    attempts: int


_TRIES: Final = 6


async def claim(connection: Connection, now: int) -> Notice | None:
    """Take the next notice that is due; that it is being sent is written before it is, so a crash can't send it twice."""
    row = await connection.fetchrow(
        "UPDATE notices SET state = 'sending', attempts = attempts + 1, reason = 'it is not known whether it arrived' WHERE id = ("
        "SELECT id FROM notices WHERE state = 'waiting' AND next_attempt <= $1 ORDER BY next_attempt LIMIT 1 FOR UPDATE SKIP LOCKED) "
        "RETURNING id, workspace, way, recipient, subject, text, attempts",
        now,
    )
    return Notice(*row) if row else None


async def settle(connection: Connection, notice: Notice, reason: str, again: bool, now: int) -> None:
    """Say what became of a notice. ``reason`` "": it was taken; ``again``: it certainly was not, and may be tried later."""
    state = "sent" if not reason else "waiting" if again and notice.attempts < _TRIES else "failed"
    await connection.execute(
        "UPDATE notices SET state = $2, reason = $3, next_attempt = $4 WHERE id = $1",
        notice.id,
        state,
        reason[:300],
        now + MINUTE * 2**notice.attempts,
    )


async def notices(connection: Connection, workspace: int, limit: int = 20) -> list[Mapping[str, Any]]:
    """List notices, the newest first."""
    rows: list[Mapping[str, Any]] = await connection.fetch(
        "SELECT way, recipient, subject, made, state, reason FROM notices WHERE workspace = $1 ORDER BY id DESC LIMIT $2",
        workspace,
        limit,
    )
    return rows
