"""Pictures that are called otherwise: what stands beside one (words, folder, tags, favourites, its draft) goes along to the new name.

It follows from the definitions before and after alone, so that it holds whoever renames it and however: at once, by an approval days later,
by files, or by going back to an older version.
"""

from collections.abc import Mapping
from typing import Any, Final

from tidings.database.pool import Connection

_BESIDE: Final = (("asset_words", ""), ("labels", "AND kind = 'asset'"), ("favourites", "AND kind = 'asset'"))


def renamed(before: Mapping[str, Any], body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give (former, new) names: a picture is gone, and one that was not there is the same but for its name."""
    old, new = before.get("assets", {}), body.get("assets", {})
    fresh = [name for name in new if name not in old]
    found = []
    for former in old:
        if former in new:
            continue
        same = next((name for name in fresh if new[name] == old[former]), None)
        if same is not None:
            fresh.remove(same)
            found.append((former, same))
    return found


async def carry(connection: Connection, workspace: int, former: str, new: str) -> None:
    """Let what stands beside a picture stand beside its new name, in place of what stands there. A draft of the new name stays as it is."""
    await connection.execute(
        "UPDATE drafts d SET name = $3 WHERE workspace = $1 AND kind = 'asset' AND name = $2 "
        "AND NOT EXISTS (SELECT FROM drafts o WHERE (o.workspace, o.kind, o.name) = ($1, 'asset', $3))",
        workspace,
        former,
        new,
    )
    for table, kind in _BESIDE:
        await connection.execute(f"DELETE FROM {table} WHERE workspace = $1 AND name = $2 {kind}", workspace, new)
        await connection.execute(
            f"UPDATE {table} SET name = $3 WHERE workspace = $1 AND name = $2 {kind}", workspace, former, new
        )
