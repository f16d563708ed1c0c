-- Definitions in force: immutable snapshots, numbered from 1 in each workspace. Which one is in force is said by control
-- records in the log, not here.

CREATE TABLE definitions (
    workspace smallint NOT NULL REFERENCES workspaces,
    number    integer NOT NULL CHECK (number > 0),
    made_at   bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
    body      json NOT NULL,                     -- json, not jsonb: it keeps the order of keys
    PRIMARY KEY (workspace, number)
);
