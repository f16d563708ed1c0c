"""What people are listed by at any size: name, email, when last seen, and the attributes a workspace marks as indexed."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0069"
down_revision = "0044"


def upgrade() -> None:
    """Make the columns and indexes. The table of people is written once anew, which takes about a minute for each five million."""
    execute_script(
        op.get_bind(),
        """
        -- seen: last_seen as it was when it last moved by ten minutes or more, so that an event seldom touches the index
        ALTER TABLE people ADD COLUMN seen bigint GENERATED ALWAYS AS (last_seen) STORED;
        ALTER TABLE people ALTER COLUMN seen DROP EXPRESSION;
        ALTER TABLE people ALTER COLUMN seen SET DEFAULT 0, ALTER COLUMN seen SET NOT NULL;
        DROP INDEX people_by_age;
        DROP INDEX people_by_email;
        CREATE INDEX people_by_age ON people (workspace, created_at, id);
        CREATE INDEX people_by_email ON people (workspace, (email COLLATE "C"), id);
        CREATE INDEX people_by_name ON people (workspace, (lower(name) COLLATE "C"), id);
        CREATE INDEX people_by_last_name ON people (workspace, (lower(split_part(name, ' ', -1)) COLLATE "C")) WHERE name LIKE '% %';
        CREATE INDEX people_by_seen ON people (workspace, seen, id);

        -- Attributes of people that lists are sorted and searched by. state: marked, building, ready, dropping.
        -- horizon: the transaction from which on every writer knows of the state.
        CREATE TABLE indexed_attributes (
            id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            workspace smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            name      text NOT NULL,
            state     text NOT NULL DEFAULT 'marked',
            horizon   xid8,
            place     bytea NOT NULL DEFAULT '',   -- the last person who was read
            done      bigint NOT NULL DEFAULT 0,
            total     bigint NOT NULL DEFAULT 0
        );
        CREATE UNIQUE INDEX indexed_attributes_named ON indexed_attributes (workspace, name) WHERE state <> 'dropping';
        CREATE TABLE attribute_keys (
            partition smallint NOT NULL,
            person    bytea NOT NULL,
            attribute integer NOT NULL,
            key       bytea NOT NULL,              -- the value, so that bytes sort as values do
            PRIMARY KEY (partition, person, attribute)
        ) WITH (fillfactor = 80);
        CREATE INDEX attribute_keys_sorted ON attribute_keys (attribute, key, person);
        """,
    )
