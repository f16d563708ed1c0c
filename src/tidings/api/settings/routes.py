"""The settings of a workspace, as `tidings.toml` writes them; and the whole workspace as project files."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from litestar import Request, Response, get, put
from msgspec import Struct

from tidings.api.edits import etag, overtaken, revision_meant
from tidings.api.here import Here, actor_of
from tidings.api.permit import may
from tidings.api.problem import Fault, Refusal
from tidings.api.senders.routes import mailed
from tidings.channels import secrets
from tidings.channels.secrets import AMEND, Allotted, Owner
from tidings.content import pictures
from tidings.database.pool import Pool
from tidings.kernel.problems import Invalid
from tidings.kernel.times import show_iso
from tidings.project import library, pull, store
from tidings.project.apply import Overtaken, Unapproved
from tidings.project.apply import put as put_in_force
from tidings.project.body import documents_of, make_body
from tidings.project.check import check
from tidings.project.folder import Project
from tidings.project.named import named
from tidings.project.store import InForce
from tidings.settings import Settings
from tidings.teams import audit

_NOWHERE: Final = Path("/nonexistent")


class InUse(Struct):
    """``settings``: the document of `tidings.toml`. ``number``: of the definitions it stands in (the ETag). ``confirmed``: sender addresses
    that somebody confirmed; ``mailed``: those that were mailed a link which still may confirm them, and when."""

    settings: dict[str, Any]
    number: int
    changed_by: str
    changed: str | None
    confirmed: list[str]
    mailed: dict[str, str]


class NewSettings(Struct):
    """What the settings are to be, whole."""

    settings: dict[str, Any]
    note: str = ""


class SettingsKept(Struct):
    """``waiting``: the number of the request that somebody else must approve first; null: it is in force."""

    number: int
    waiting: int | None = None


@get("/settings", guards=[may("settings:read")])
async def read_settings(here: Here) -> Response[InUse]:
    """Read the settings in force."""
    async with here.pool.acquire() as connection:
        in_force = await store.newest(connection, here.workspace.id)
        rows = await connection.fetch(
            "SELECT email FROM confirmed_senders WHERE workspace = $1 ORDER BY 1", here.workspace.id
        )
        links = await mailed(connection, here.workspace.id)
    document = dict(in_force.body.get("settings") or {"workspace": here.workspace.name})
    changed = show_iso(in_force.made_at) if in_force.made_at else None
    found = InUse(document, in_force.number, in_force.author, changed, [row[0] for row in rows], links)
    return Response(found, headers=etag(in_force.number))


@put("/settings", guards=[may("settings:edit")])
async def write_settings(
    data: NewSettings, here: Here, request: Request[Any, Any, Any], settings: Settings
) -> Response[SettingsKept]:
    """Put settings in force over the definitions named in If-Match; where the workspace asks for approval they wait for it."""
    seen = revision_meant(request)
    async with here.pool.acquire() as connection:
        in_force = await store.newest(connection, here.workspace.id)
        owner = await secrets.owner(connection, here.workspace.id)
    if in_force.number != seen:
        raise overtaken(in_force.author)
    before = in_force.body.get("settings") or {}
    after = {**data.settings, "workspace": here.workspace.name}
    check_names(after.get("channels"), before.get("channels"), owner, settings.workspace_secrets)
    return await put_settings(here, in_force, before, after, data.note)


async def put_settings(
    here: Here, in_force: InForce, before: Mapping[str, Any], after: Mapping[str, Any], note: str
) -> Response[SettingsKept]:
    """Put settings in force over definitions that were read. Raises `Refusal` where somebody was faster, Invalid where they have faults."""
    documents: dict[str, Any] = documents_of(in_force.body) | {"settings": after}
    logo = str((after.get("brand") or {}).get("logo") or "")
    async with here.pool.acquire() as connection:
        draft = await library.unpublished(connection, in_force, logo)
    if draft is not None:  # a logo goes into force with the settings that name it, as a picture does with a message
        documents["assets"] = {**documents["assets"], logo: pictures.of(draft.body)}
    project = Project(**documents)
    faults = [problem for problem in check(project) if not problem.warning]
    if faults:
        raise Invalid(faults)
    try:
        drafts = [draft] if draft is not None else []
        body = make_body(project, in_force.body)
        done = await put_in_force(here.pool, in_force, body, actor=actor_of(here), note=note, drafts=drafts)
    except Overtaken:
        raise overtaken() from None
    except Unapproved as asked:
        await _note(here.pool, here, "asked to change", before, after)
        return Response(SettingsKept(in_force.number, asked.request.id), headers=etag(in_force.number))
    if done.changed:
        await _note(here.pool, here, "changed", before, after)
    return Response(SettingsKept(done.number), headers=etag(done.number))


async def _note(pool: Pool, here: Here, what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    keys = [key for key in sorted({*before, *after}) if before.get(key) != after.get(key)]
    was, now = ({key: side[key] for key in keys if key in side} for side in (before, after))
    async with pool.acquire() as connection:
        await audit.note(
            connection, here.workspace.id, here.actor, what, "settings", ", ".join(keys), before=was, after=now
        )


@get("/export", guards=[may("settings:edit")], media_type="application/zip")
async def export(here: Here) -> Response[bytes]:
    """Download the workspace as project files, in a zip: what `tidings apply` takes. It holds no people and no secrets."""
    async with here.pool.acquire() as connection:
        in_force = await store.newest(connection, here.workspace.id)
        pulled = pull.compare(in_force, _NOWHERE)
        shown = await pull.bytes_of(connection, here.workspace.id, pulled)
        await audit.note(connection, here.workspace.id, here.actor, "exported", "workspace", here.workspace.name)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(pulled.written.items()):
            archive.writestr(f"{here.workspace.name}/{name}", text)
        for name, data in sorted(shown.items()):
            archive.writestr(f"{here.workspace.name}/{name}", data, zipfile.ZIP_STORED)
    headers = {"content-disposition": f'attachment; filename="{here.workspace.name}-{in_force.number}.zip"'}
    return Response(packed.getvalue(), media_type="application/zip", headers=headers)


def check_names(after: Any, before: Any, owner: Owner, allotted: Allotted) -> None:
    """See that a setting names a secret of the workspace's own, or one that was named before. Raises `Refusal`; what is not the
    workspace's would be found missing when it is asked for."""
    known = set(named(before, {}))
    for each in named(after, {}):
        if each not in known and not owner.has(each.secret, allotted):
            says = f"There is no secret `{each.secret}` in this workspace."
            hint = f"{AMEND[0].upper()}{AMEND[1:]}."
            raise Refusal(400, says, hint, faults=[Fault(says, ".".join(map(str, each.path)), hint)])
