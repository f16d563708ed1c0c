"""What was suppressed together is accepted again together; and what changes and imports keep of somebody is found when they are deleted."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0103"
down_revision = "0095"


def upgrade() -> None:
    """Add the column and the indexes, and forget what is kept of people who are gone and of files that are dealt with. What was suppressed
    before has nothing in common: each identifier is accepted again by itself."""
    execute_script(
        op.get_bind(),
        """
        ALTER TABLE identifiers ADD COLUMN grave bytea;  -- of a suppressed one: a hash of the person it was suppressed with
        CREATE INDEX identifiers_of_grave ON identifiers (grave) WHERE grave IS NOT NULL;
        CREATE INDEX audit_of_person ON audit (name) WHERE kind = 'person';
        CREATE INDEX people_task_rows_of ON people_task_rows (lower(value)) WHERE kind <> 'fault';
        UPDATE audit SET before = NULL, after = NULL WHERE kind = 'person'
            AND name IN (SELECT name FROM audit WHERE kind = 'person' AND what IN ('forgot', 'suppressed'));
        UPDATE people_tasks SET body = '' WHERE state NOT IN ('waiting', 'running') AND body <> '';
        """,
    )
