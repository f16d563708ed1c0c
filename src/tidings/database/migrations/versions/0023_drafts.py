"""Drafts beside what is in force, who published what, and when definitions came into force."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Make the tables and columns."""
    execute_script(
        op.get_bind(),
        """
        -- One draft for each document: as somebody left it, faults and all.
        CREATE TABLE drafts (
            workspace  smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            kind       text NOT NULL,        -- journey, segment, template, layout, snippet
            name       text NOT NULL,
            revision   integer NOT NULL CHECK (revision > 0),
            base       integer NOT NULL,     -- the definitions it was begun from
            body       json NOT NULL,
            made_by    text NOT NULL,
            made_at    bigint NOT NULL,
            changed_by text NOT NULL,
            changed_at bigint NOT NULL,
            PRIMARY KEY (workspace, kind, name)
        );

        ALTER TABLE definitions ADD COLUMN author text NOT NULL DEFAULT '';
        ALTER TABLE definitions ADD COLUMN approver text NOT NULL DEFAULT '';
        ALTER TABLE definitions ADD COLUMN note text NOT NULL DEFAULT '';

        -- When each snapshot came into force, for those that not everybody in the partition has passed yet.
        CREATE TABLE came_in_force (
            partition smallint NOT NULL,
            workspace smallint NOT NULL,
            number    integer NOT NULL,
            since     bigint NOT NULL,
            PRIMARY KEY (partition, workspace, number)
        );
        INSERT INTO came_in_force SELECT partition, workspace, number, since FROM in_force;
        """,
    )
