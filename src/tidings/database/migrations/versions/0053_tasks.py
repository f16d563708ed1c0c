"""Work on many people: imports and their undoing, and what is done to all of a list or rule."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    """Make the tables. ``rows`` of an import say what stood there before, for its undoing."""
    execute_script(
        op.get_bind(),
        """
        CREATE TABLE people_tasks (
            id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            workspace smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            kind      text NOT NULL,
            title     text NOT NULL,
            asked     text NOT NULL,               -- JSON
            body      bytea NOT NULL DEFAULT '',   -- what was handed over, packed
            made_by   text NOT NULL,
            made_at   bigint NOT NULL,
            state     text NOT NULL DEFAULT 'waiting', -- waiting, running, done, stopped, failed
            done      bigint NOT NULL DEFAULT 0,
            total     bigint NOT NULL,
            changed   bigint NOT NULL DEFAULT 0,
            place     text NOT NULL DEFAULT '',    -- where the next portion begins
            problem   text NOT NULL DEFAULT '',
            ended_at  bigint,
            undone_by bigint
        );
        CREATE INDEX people_tasks_open ON people_tasks (id) WHERE state IN ('waiting', 'running');
        CREATE INDEX people_tasks_of_workspace ON people_tasks (workspace, id);
        CREATE TABLE people_task_rows (
            task   bigint NOT NULL REFERENCES people_tasks ON DELETE CASCADE,
            n      integer NOT NULL,
            kind   text NOT NULL,
            value  text NOT NULL,
            before bytea,                          -- attributes that stood there, packed; NULL: the person was new
            after  bytea NOT NULL,
            PRIMARY KEY (task, n)
        );
        """,
    )
