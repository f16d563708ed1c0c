"""How many people segments had over time."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0052"
down_revision = "0054"


def upgrade() -> None:
    """Make the table: a row for each hour in which somebody looked, or the program did."""
    execute_script(
        op.get_bind(),
        """
        CREATE TABLE segment_sizes (
            workspace smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            at        bigint NOT NULL,
            segment   text NOT NULL,
            people    bigint NOT NULL,
            PRIMARY KEY (workspace, at, segment)
        );
        """,
    )
