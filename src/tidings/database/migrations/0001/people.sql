-- People: one document each, in the partition that is their home. The first byte of an id is that partition.
-- What screens search and sort by stands in columns beside the document. Instants are microseconds.

CREATE TABLE people (
    partition  smallint NOT NULL CHECK (partition BETWEEN 0 AND 63),
    id         bytea NOT NULL CHECK (octet_length(id) = 16),
    workspace  smallint NOT NULL,
    doc        bytea NOT NULL,
    wake_at    bigint,                 -- when time alone may change something
    built      integer NOT NULL,       -- the definitions the document is complete for
    known      boolean NOT NULL,       -- has an id or an email
    email      text,
    name       text,
    last_seen  bigint NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (partition, id)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.2);

CREATE INDEX people_to_wake ON people (partition, wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX people_by_email ON people (workspace, email) WHERE email IS NOT NULL;
CREATE INDEX people_by_age ON people (workspace, created_at);

-- Merges: dated links from who was absorbed to who carries on. doc: the absorbed person as it was; trace: what the survivor took
-- and had before, by which the merge can be undone. A link that was undone keeps its dates alone.
CREATE TABLE links (
    partition smallint NOT NULL,       -- of who was absorbed
    person    bytea NOT NULL,
    at        bigint NOT NULL,
    workspace smallint NOT NULL,
    into_partition smallint NOT NULL,
    into_person    bytea NOT NULL,
    ended_at  bigint,
    doc       bytea,
    trace     bytea,
    PRIMARY KEY (partition, person, at)
);
CREATE UNIQUE INDEX links_open ON links (partition, person) WHERE ended_at IS NULL;
CREATE INDEX links_into ON links (into_partition, into_person) WHERE ended_at IS NULL;

-- Identifiers: whose each (kind, value) is. key: its hash under the workspace's secret; the value itself stands in the person's
-- document alone, so a tombstone (person NULL) tells nothing. Records received up to gone_at are no longer accepted for it,
-- and none at all while it is suppressed.
CREATE TABLE identifiers (
    bucket     smallint NOT NULL,
    key        bytea NOT NULL CHECK (octet_length(key) = 16),
    workspace  smallint NOT NULL,
    partition  smallint,
    person     bytea,
    gone_at    bigint,
    suppressed boolean NOT NULL DEFAULT false,
    PRIMARY KEY (bucket, key)
);
CREATE INDEX identifiers_of_person ON identifiers (partition, person) WHERE person IS NOT NULL;

-- Record ids seen: four tables by day, so that old ones are emptied at once.
CREATE TABLE message_ids (
    slot   smallint NOT NULL,          -- the day's number modulo 4
    bucket smallint NOT NULL,
    id     bytea NOT NULL,
    PRIMARY KEY (slot, bucket, id)
) PARTITION BY LIST (slot);
DO $$
BEGIN
    FOR slot IN 0..3 LOOP
        EXECUTE format('CREATE TABLE message_ids_%s PARTITION OF message_ids FOR VALUES IN (%s)', slot, slot);
    END LOOP;
END $$;

-- Who is in which segment now.
CREATE TABLE memberships (
    partition smallint NOT NULL,
    workspace smallint NOT NULL,
    segment   text NOT NULL,
    person    bytea NOT NULL,
    since     bigint NOT NULL,
    PRIMARY KEY (partition, workspace, segment, person)
);
CREATE INDEX memberships_of_person ON memberships (partition, person);

-- Records that were accepted and could not be applied.
CREATE TABLE rejected (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace smallint NOT NULL,
    source    integer NOT NULL,
    at        bigint NOT NULL,
    reason    text NOT NULL,
    keys      bytea[] NOT NULL,        -- of the identifiers it names: by them a deleted person's are found
    record    bytea NOT NULL,
    replayed_at bigint
);
CREATE INDEX rejected_of_workspace ON rejected (workspace, id);
CREATE INDEX rejected_naming ON rejected USING gin (keys);

-- Groups: a document each, and who is a member.
CREATE TABLE groups (
    partition  smallint NOT NULL,
    workspace  smallint NOT NULL,
    type       text NOT NULL,
    key        text NOT NULL,
    version    integer NOT NULL,
    attributes bytea NOT NULL,
    created_at bigint NOT NULL,
    told       bytea,                  -- the last member told of this version; NULL: all were
    PRIMARY KEY (partition, workspace, type, key)
);
CREATE INDEX groups_to_tell ON groups (partition) WHERE told IS NOT NULL;
CREATE TABLE members (
    partition smallint NOT NULL,       -- the group's
    workspace smallint NOT NULL,
    type      text NOT NULL,
    key       text NOT NULL,
    person    bytea NOT NULL,
    PRIMARY KEY (partition, workspace, type, key, person)
);
CREATE INDEX members_of_person ON members (person);

-- The catalog: events and attributes seen. bucket: one partition of the worker that counted, so that no two write one row.
-- kind: event kinds, and person or company for attributes. property '': the event itself. types: bits, see people/catalog.py.
CREATE TABLE catalog (
    bucket    smallint NOT NULL,
    workspace smallint NOT NULL,
    kind      text NOT NULL,
    name      text NOT NULL,
    property  text NOT NULL,
    types     integer NOT NULL,
    count     bigint NOT NULL,
    first     bigint NOT NULL,
    last      bigint NOT NULL,
    example   text NOT NULL,
    PRIMARY KEY (bucket, workspace, kind, name, property)
) WITH (fillfactor = 60);

-- Which definitions are in force in each partition, and for which all its people have been built.
CREATE TABLE in_force (
    partition smallint NOT NULL,
    workspace smallint NOT NULL,
    number    integer NOT NULL,
    since     bigint NOT NULL,
    built     integer NOT NULL DEFAULT 0,
    PRIMARY KEY (partition, workspace)
);
-- How far a build has come: people of the partition up to this one are done.
CREATE TABLE builds (
    partition smallint NOT NULL,
    workspace smallint NOT NULL,
    number    integer NOT NULL,
    person    bytea NOT NULL,
    people    bigint NOT NULL,
    PRIMARY KEY (partition, workspace)
);
