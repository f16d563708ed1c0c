"""The reason of a rejected record, without the values it names, kept beside it; and an index of what waits."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0094"
down_revision = "0090"


def upgrade() -> None:
    """Add the column and the index."""
    execute_script(
        op.get_bind(),
        r"""
        -- kind: the reason, with … for each value that it names: one for all whose email is taken.
        ALTER TABLE rejected ADD COLUMN kind text GENERATED ALWAYS AS (regexp_replace(
            reason, '(?<![[:alnum:]])(''[^'']*''|"[^"]*"|`[^`]*`)(?![[:alnum:]])', '…', 'g')) STORED;
        CREATE INDEX rejected_waiting ON rejected (workspace, id) INCLUDE (kind, at) WHERE replayed_at IS NULL;
        """,
    )
