"""Of what kinds each reader of incidents is told: those they do not want stand beside them, so that a kind that comes later is told."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0078"
down_revision = "0072"


def upgrade() -> None:
    """Make the columns, of what was chosen before."""
    execute_script(
        op.get_bind(),
        """
        ALTER TABLE incident_readers ADD COLUMN skips text[] NOT NULL DEFAULT '{}';
        UPDATE incident_readers SET skips = '{quiet,parked,rejected,approval}' WHERE level = 'grave';
        ALTER TABLE incident_readers DROP COLUMN level;

        -- What Slack is not told of. Without a row, it is told of everything.
        CREATE TABLE incident_slack (
            workspace smallint PRIMARY KEY REFERENCES workspaces ON DELETE CASCADE,
            skips     text[] NOT NULL
        );
        """,
    )
