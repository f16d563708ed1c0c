"""How a text was before: its versions, and what changed between two of them, in words and line by line."""

import asyncio
from difflib import unified_diff
from typing import Annotated, Literal

from litestar import get
from litestar.params import Parameter, QueryParameter
from msgspec import Struct

from tidings.api.here import Here, part
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.content.difference import Text, difference
from tidings.database.pool import Connection
from tidings.kernel.times import show_iso
from tidings.project import approval, pieces, store

Published = Literal["template", "layout", "snippet", "asset"]
"""What has a draft, is published, and is taken away: pictures too."""


class TextVersion(Struct):
    """How a text was. ``number``: of the definitions that brought it; ``text``: "" where they took it away; ``format``: what it is
    written in, "" for what has none."""

    number: int
    at: str
    author: str
    approver: str
    note: str
    text: str
    format: str


class TextVersions(Struct):
    """The newest first."""

    versions: list[TextVersion]


class Reworded(Struct):
    """One thing that changed. ``what``: `Subject`, `Words`, `Link`…; ``pieces``: how, cut up: each begins with ` `, `-` or `+`."""

    what: str
    pieces: list[str]


class TextsCompared(Struct):
    """Two versions. ``changes``: what readers see of it, empty where only looks changed; ``diff``: lines that begin with `@`, space,
    `-` or `+`."""

    changes: list[Reworded]
    diff: list[str]


@get("/content/{kind:str}/{name:str}/versions", guards=[may("content:read")])
async def list_versions(kind: Published, name: str, here: Here) -> TextVersions:
    """Show how a text was before (of a picture: its hash), as far as the last 300 changes of the workspace reach."""
    async with here.pool.acquire() as connection:
        rows = await store.texts(connection, here.workspace.id, kind, part(name))
    return TextVersions(
        [
            TextVersion(
                each.number, show_iso(each.made_at), each.author, each.approver, each.note, each.text, each.format
            )
            for each in rows
        ]
    )


@get("/content/{kind:str}/{name:str}/compare", guards=[may("content:read")])
async def compare_versions(
    kind: Literal["template", "layout", "snippet"],
    name: str,
    here: Here,
    older: Annotated[int, QueryParameter(name="from"), Parameter(ge=0, le=1 << 31)],
    newer: Annotated[int, QueryParameter(name="to"), Parameter(ge=0, le=1 << 31)] = 0,
    waiting: Annotated[int, Parameter(ge=0, le=1 << 31)] = 0,
) -> TextsCompared:
    """Say what changed between two versions. ``from``, ``to``: numbers of definitions; 0: the draft. ``waiting``: in place of ``to``, the
    number of a request that waits for approval: as it would have it."""
    async with here.pool.acquire() as connection:
        before = await _text(connection, here, kind, part(name), older)
        if waiting:
            then = await approval.in_force_then(connection, here.workspace.id, waiting)
            if then is None:
                raise Refusal(404, f"Nothing of the number {waiting} waits for approval.", code="no_approval")
            after = _text_of(then, kind, part(name))
        else:
            after = await _text(connection, here, kind, part(name), newer)
    return await asyncio.to_thread(_compared, before, after)


def _compared(before: Text, after: Text) -> TextsCompared:
    changes = [
        Reworded(what, [f"{sign}{text}" for sign, text in changed]) for what, changed in difference(before, after)
    ]
    lines = unified_diff(before.text.splitlines(), after.text.splitlines(), n=3, lineterm="")
    return TextsCompared(changes, list(lines)[2:])


async def _text(connection: Connection, here: Here, kind: str, name: str, number: int) -> Text:
    """A version, as an empty text where those definitions had none of it."""
    if not number:
        draft = await store.draft(connection, here.workspace.id, kind, name)
        if draft is None or not pieces.is_text(draft):
            raise Refusal(404, f"There is no draft of {kind} `{name}`.", code="no_draft")
        return Text(kind, draft.body["text"], draft.body["format"])
    then = await store.numbered(connection, here.workspace.id, number)
    if then is None:
        raise Refusal(404, f"There are no definitions {number}.", code="no_version")
    return _text_of(then, kind, name)


def _text_of(then: store.InForce, kind: str, name: str) -> Text:
    source = pieces.text_of(then, (kind, name))
    return Text(kind, source.text, source.format) if source else Text(kind, "", "text")
