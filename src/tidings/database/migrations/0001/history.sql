-- History: every applied record, and what followed from it, by person and time. Append-only.
-- place: the person's inputs applied up to and with this one; what an input caused shares its place.

CREATE TABLE history (
    partition smallint NOT NULL,
    kind      smallint NOT NULL,
    person    bytea NOT NULL,
    time      bigint NOT NULL,
    received  bigint NOT NULL,
    place     bigint NOT NULL,
    name      text NOT NULL,
    id        bytea NOT NULL,
    body      bytea NOT NULL
) PARTITION BY RANGE (partition);

DO $$
BEGIN
    FOR part IN 0..15 LOOP
        EXECUTE format('CREATE TABLE history_%s PARTITION OF history FOR VALUES FROM (%s) TO (%s)', part, part * 4, part * 4 + 4);
    END LOOP;
END $$;

CREATE INDEX history_of_person ON history (partition, person, time);
