"""Of whom an example of the catalog is, so that whoever is deleted takes their own along and no others."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0089"
down_revision = "0088"


def upgrade() -> None:
    """Add the column."""
    execute_script(
        op.get_bind(),
        """
        -- whose: the person the example is of; empty: a group's; null: from before this was kept, or none.
        ALTER TABLE catalog ADD COLUMN whose bytea;
        """,
    )
