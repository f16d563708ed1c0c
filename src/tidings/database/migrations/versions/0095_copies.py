"""Copies of messages as they were handed over, and what those of one template have in common."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0095"
down_revision = "0099"


def upgrade() -> None:
    """Make the tables. What was sent before stands in no copy."""
    execute_script(
        op.get_bind(),
        """
        -- A copy goes with its delivery, and before it where a workspace keeps what happened for so long only.
        -- partition, id: the delivery's. at: when it was made, in microseconds. body: a format byte, then deflated MessagePack.
        -- stem: what it was compressed with; NULL: nothing.
        CREATE TABLE copies (
            partition smallint NOT NULL,
            id        bytea NOT NULL,
            workspace smallint NOT NULL,
            at        bigint NOT NULL,
            stem      bytea,
            body      bytea NOT NULL,
            PRIMARY KEY (partition, id)
        ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1);
        ALTER TABLE copies ALTER COLUMN body SET STORAGE EXTERNAL;
        CREATE INDEX copies_by_age ON copies (workspace, at);

        -- The compiled source of a template, by its hash: nothing of any person stands in it.
        CREATE TABLE copy_stems (
            workspace smallint NOT NULL,
            id        bytea NOT NULL,
            body      bytea NOT NULL,
            PRIMARY KEY (workspace, id)
        );
        """,
    )
