"""Whose runs reached a goal, so that people stand behind what was counted, whoever counted it; and messages that bounced at once among
those that stand behind numbers."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0096"
down_revision = "0094"


def upgrade() -> None:
    """Make the columns and the indexes. Of those from before, whose they were is told by counting all goals again."""
    execute_script(
        op.get_bind(),
        """
        -- person: whose run it was; null: of before this was written; "": they were deleted. steps: those whose message is credited.
        ALTER TABLE conversions
            ADD COLUMN person bytea,
            ADD COLUMN version integer NOT NULL DEFAULT 0,
            ADD COLUMN control boolean NOT NULL DEFAULT false,
            ADD COLUMN steps text[] NOT NULL DEFAULT '{}',
            ADD COLUMN why text NOT NULL DEFAULT '';
        CREATE INDEX conversions_of_goal ON conversions (workspace, journey, goal, at, run);
        CREATE INDEX conversions_of_person ON conversions (person) WHERE person <> '';
        DROP INDEX deliveries_of_step;
        CREATE INDEX deliveries_of_step ON deliveries (workspace, journey, step, due, partition, id)
            WHERE sent_at IS NOT NULL OR failed_at IS NOT NULL OR bounced_at IS NOT NULL;
        UPDATE recounts SET done = 0, passes = 0, next = since;
        """,
    )
