-- The log: what was accepted and not yet applied, in the order of (xid, seq).
--
-- xid is the writing transaction's id, raised by the epoch; it is drawn before stamp, column by column, and that order matters: a
-- row's stamp is never earlier than the moment its xid was assigned (log/postgres.py builds on it). slot spreads rows over
-- tables that are filled in turn, ten minutes each, and emptied when every cursor has passed them.

CREATE SEQUENCE log_seq AS bigint CACHE 64;

CREATE TABLE log (
    xid       bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    seq       bigint NOT NULL DEFAULT nextval('log_seq'),
    stamp     bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
    slot      smallint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) / 600)::bigint % 8,
    partition smallint NOT NULL CHECK (partition BETWEEN 0 AND 63),
    body      bytea NOT NULL
) PARTITION BY LIST (slot);

ALTER TABLE log ALTER COLUMN body SET STORAGE EXTERNAL;

DO $$
BEGIN
    FOR slot IN 0..7 LOOP
        EXECUTE format('CREATE TABLE log_%s PARTITION OF log FOR VALUES IN (%s) WITH (autovacuum_enabled = true)', slot, slot);
    END LOOP;
END $$;

CREATE INDEX log_order ON log (partition, xid, seq);

-- What transaction ids are raised by, since they start anew where a dump is restored into another cluster.
CREATE TABLE log_epoch (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch integer NOT NULL DEFAULT 1,
    base  bigint NOT NULL DEFAULT 0
);
INSERT INTO log_epoch DEFAULT VALUES;

-- How far each partition has been applied, and who may apply it.
-- clock: the running maximum of the stamps applied, which is "now" there.
-- lease_token grows with each change of hands; whoever commits names the token it holds.
CREATE TABLE cursors (
    partition   smallint PRIMARY KEY CHECK (partition BETWEEN 0 AND 63),
    epoch       integer NOT NULL DEFAULT 1,
    xid         bigint NOT NULL DEFAULT 0,
    seq         bigint NOT NULL DEFAULT 0,
    clock       bigint NOT NULL DEFAULT 0,
    lease_owner text,
    lease_token bigint NOT NULL DEFAULT 0,
    lease_until timestamptz,
    backend_pid integer,
    backend_start timestamptz
) WITH (fillfactor = 50);
INSERT INTO cursors (partition) SELECT generate_series(0, 63);
