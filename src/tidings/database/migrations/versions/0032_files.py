"""What the project's files said when they were last applied, document by document."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0032"
down_revision = "0023"


def upgrade() -> None:
    """Make the table."""
    execute_script(
        op.get_bind(),
        """
        -- The base of a comparison of three: the files now, what is in force now, and what the files said last time.
        CREATE TABLE said_by_files (
            workspace smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            kind      text NOT NULL,     -- settings, journey, segment, template, layout, snippet
            name      text NOT NULL,
            number    integer NOT NULL,  -- the definitions in force after they were applied
            document  json NOT NULL,
            PRIMARY KEY (workspace, kind, name)
        );
        """,
    )
