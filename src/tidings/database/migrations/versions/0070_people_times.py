"""When time moves people, and when they were last seen, apart from their documents: writing a document touches no index then."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0070"
down_revision = "0075"


def upgrade() -> None:
    """Take the two out of the table of people. It copies a narrow row for each person, which takes about ten seconds a million."""
    execute_script(
        op.get_bind(),
        """
        CREATE TABLE people_times (
            partition smallint NOT NULL,
            person    bytea NOT NULL,
            workspace smallint NOT NULL,
            wake_at   bigint,              -- when time alone may change something
            seen      bigint NOT NULL,     -- when last seen, as of when that last moved by ten minutes or the row was written anyway
            PRIMARY KEY (partition, person)
        ) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.2);
        INSERT INTO people_times SELECT partition, id, workspace, wake_at, seen FROM people ORDER BY partition, id;
        CREATE INDEX people_times_to_wake ON people_times (partition, wake_at) WHERE wake_at IS NOT NULL;
        CREATE INDEX people_times_by_seen ON people_times (workspace, seen, person);
        DROP INDEX people_to_wake;
        DROP INDEX people_by_seen;
        ALTER TABLE people DROP COLUMN wake_at, DROP COLUMN seen, DROP COLUMN last_seen, DROP COLUMN known;
        """,
    )
