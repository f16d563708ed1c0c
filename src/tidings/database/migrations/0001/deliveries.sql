-- Deliveries: each message to one person, from intent to final outcome.
--
-- partition is part of the id and never changes; home and person say whose it is now, and follow a merge.
-- state: planned (also: held, or waiting for another attempt), attempting (the unknown window is open since unknown_since),
-- then one of sent, failed, bounced, refused (policy), cancelled, unknown. The times beside it are outcomes: a set, in any order.
-- Instants are microseconds. expires 0: never.

CREATE TABLE deliveries (
    partition     smallint NOT NULL CHECK (partition BETWEEN 0 AND 63),
    id            bytea NOT NULL CHECK (octet_length(id) = 16),
    workspace     smallint NOT NULL,
    home          smallint NOT NULL,
    person        bytea NOT NULL,
    run           bytea NOT NULL,
    journey       text NOT NULL,
    version       integer NOT NULL,
    step          text NOT NULL,
    template      text NOT NULL,
    channel       text NOT NULL,
    topic         text NOT NULL DEFAULT '',
    definitions   integer NOT NULL DEFAULT 0,   -- the snapshot in force when it was planned; 0: the newest
    priority      smallint NOT NULL DEFAULT 1,  -- 0 transactional, 1 journeys, 2 broadcasts
    sure          boolean NOT NULL,             -- at_least_once
    due           bigint NOT NULL,
    expires       bigint NOT NULL,
    event_time    bigint,
    event_id      bytea,
    values        bytea NOT NULL,
    state         text NOT NULL DEFAULT 'planned'
                  CHECK (state IN ('planned', 'attempting', 'sent', 'failed', 'bounced', 'refused', 'cancelled', 'unknown')),
    attempts      smallint NOT NULL DEFAULT 0,
    next_attempt  bigint NOT NULL,
    claimed_by    integer,                      -- the worker that made the newest attempt
    unknown_since bigint,
    settled       bigint,                       -- when the state became final
    recipient     text NOT NULL DEFAULT '',
    address       bytea,                        -- hash of the one address it goes to, as in address_suppressions
    provider      text NOT NULL DEFAULT '',
    provider_id   text NOT NULL DEFAULT '',
    reason        text NOT NULL DEFAULT '',
    sent_at         bigint,
    delivered_at    bigint,
    opened_at       bigint,
    fetched_at      bigint,                     -- opened or clicked by a machine
    clicked_at      bigint,
    converted_at    bigint,
    bounced_at      bigint,
    complained_at   bigint,
    unsubscribed_at bigint,
    failed_at       bigint,
    PRIMARY KEY (partition, id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1);

CREATE INDEX deliveries_to_claim ON deliveries (workspace, channel, priority, next_attempt) WHERE state = 'planned';
CREATE INDEX deliveries_attempting ON deliveries (claimed_by) WHERE state = 'attempting';
CREATE INDEX deliveries_of_person ON deliveries (home, person, due);
CREATE INDEX deliveries_to_address ON deliveries (address, due) WHERE address IS NOT NULL;

-- What a person was sent lately, for frequency caps: one row a person, locked by whoever decides about one more.
CREATE TABLE sends (
    partition smallint NOT NULL,
    person    bytea NOT NULL,
    recent    bytea NOT NULL,
    PRIMARY KEY (partition, person)
) WITH (fillfactor = 70);

-- Addresses nothing is sent to any more, whoever has them. address: a hash, keyed with the workspace's secret.
CREATE TABLE address_suppressions (
    workspace smallint NOT NULL,
    channel   text NOT NULL,
    address   bytea NOT NULL,
    reason    text NOT NULL,
    since     bigint NOT NULL,
    PRIMARY KEY (workspace, channel, address)
);

-- From when on a channel limited in its rate takes another message.
CREATE TABLE send_rates (
    workspace smallint NOT NULL,
    channel   text NOT NULL,
    free_from bigint NOT NULL,
    PRIMARY KEY (workspace, channel)
) WITH (fillfactor = 50);
