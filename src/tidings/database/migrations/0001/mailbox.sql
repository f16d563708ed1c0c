-- The mailbox: what development providers kept instead of sending it. Newest last by id.

CREATE TABLE mailbox (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
    workspace smallint NOT NULL,
    channel   text NOT NULL,
    delivery  text NOT NULL,
    recipient text NOT NULL,
    subject   text NOT NULL,
    text      text NOT NULL,
    html      text NOT NULL,
    fields    jsonb NOT NULL,  -- the channel's own, beside what has a column
    headers   jsonb NOT NULL,
    raw       bytea NOT NULL   -- the finished message, where the channel has one
);

CREATE INDEX mailbox_of_workspace ON mailbox (workspace, id);
CREATE INDEX mailbox_of_delivery ON mailbox (delivery);
