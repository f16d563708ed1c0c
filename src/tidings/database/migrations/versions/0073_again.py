"""Messages that are sent again: which delivery one is another try of, and who asked."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0073"
down_revision = "0078"


def upgrade() -> None:
    """Make the columns, and an index of what may be sent again, which is little beside what is sent."""
    execute_script(
        op.get_bind(),
        """
        -- again_of, again_as: public ids of the delivery it is sent again for, and of the one it was sent again as.
        ALTER TABLE deliveries ADD COLUMN again_of text NOT NULL DEFAULT '', ADD COLUMN again_as text NOT NULL DEFAULT '',
                               ADD COLUMN asked_by text NOT NULL DEFAULT '';
        CREATE INDEX deliveries_to_send_again ON deliveries (workspace, due, id)
            WHERE again_as = '' AND (state IN ('failed', 'bounced', 'refused', 'unknown')
                                     OR bounced_at IS NOT NULL OR failed_at IS NOT NULL);
        """,
    )
