-- The log: what was accepted and not yet applied, in the order of (xid, seq).
--
-- xid is the writing transaction's id, raised by the epoch; it is drawn before stamp, column by column, and that order matters: a
-- row's stamp is never earlier than the moment its xid was assigned (log/postgres.py builds on it). slot spreads rows over
-- four tables that are filled in turn, ten minutes each, and emptied when every cursor has passed them.

CREATE SEQUENCE log_seq AS bigint CACHE 64;

CREATE TABLE log (
    xid       bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    seq       bigint NOT NULL DEFAULT nextval('log_seq'),
    stamp     bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
    slot      smallint NOT NULL DEFAULT floor(extract(epoch FROM clock_timestamp()) / 600)::bigint % 4,
    partition smallint NOT NULL CHECK (partition BETWEEN 0 AND 63),
    body      bytea NOT NULL
) PARTITION BY LIST (slot);

ALTER TABLE log ALTER COLUMN body SET STORAGE EXTERNAL;

DO $$
BEGIN
    FOR slot IN 0..3 LOOP
        EXECUTE format('CREATE TABLE log_%s PARTITION OF log FOR VALUES IN (%s)', slot, slot);
    END LOOP;
END $$;

CREATE INDEX log_order ON log (partition, xid, seq);

-- Rows after each partition's cursor, in order, as far as everything before them is certainly visible.
-- The settings are part of it: the tables swing between empty and full faster than statistics follow.
CREATE FUNCTION log_read(partitions smallint[], xids bigint[], seqs bigint[], limits integer[], horizon bigint)
RETURNS TABLE (partition smallint, xid bigint, seq bigint, stamp bigint, body bytea)
LANGUAGE sql STABLE
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
    SELECT r.*
    FROM unnest(partitions, xids, seqs, limits) AS c(partition, xid, seq, most)
    CROSS JOIN LATERAL (
        SELECT l.partition, l.xid, l.seq, l.stamp, l.body
        FROM log l
        WHERE l.partition = c.partition AND (l.xid, l.seq) > (c.xid, c.seq) AND l.xid < horizon
        ORDER BY l.xid, l.seq
        LIMIT c.most
    ) r
$$;

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

-- Who is there to share the partitions.
CREATE TABLE workers (
    owner text PRIMARY KEY,
    seen  timestamptz NOT NULL DEFAULT now()
);
