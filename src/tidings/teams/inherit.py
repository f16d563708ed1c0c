"""Who may open a workspace that was made at the command line, where nobody is signed in."""

from tidings.database.pool import Connection
from tidings.teams import audit, store
from tidings.teams.audit import Actor

_OWN_ALL = (
    "SELECT a.id, a.email FROM team_members m JOIN accounts a ON a.id = m.account "
    "WHERE m.role = 'owner' AND NOT m.vouched AND a.password <> '' GROUP BY a.id, a.email "
    "HAVING count(*) = (SELECT count(DISTINCT workspace) FROM team_members WHERE role = 'owner') ORDER BY a.email"
)


async def inherit(connection: Connection, workspace: int, actor: Actor) -> list[str]:
    """Make a workspace of which nobody is a member the own of whoever owns all the others and gets in by password; gives their emails.

    Where teams share an installation and nobody owns the workspaces of all, nobody gets anything.
    """
    async with connection.transaction():
        if await connection.fetchval("SELECT EXISTS (SELECT FROM team_members WHERE workspace = $1)", workspace):
            return []
        found = await connection.fetch(_OWN_ALL)
        for account, email in found:
            await store.set_member(connection, workspace, account, "owner")
            await audit.note(connection, workspace, actor, "made owner", "member", email, after={"role": "owner"})
    return [email for _, email in found]
