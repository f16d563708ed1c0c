"""Single sign-on: a workspace's provider, whom it is linked to, what was begun and not finished, and what a provider vouched for."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0072"
down_revision = "0077"


def upgrade() -> None:
    """Make the tables and columns."""
    execute_script(
        op.get_bind(),
        """
        -- A workspace's OpenID Connect provider. id: stands in the address it sends people back to. client: our id there. sealed: the
        -- client's secret, '' where there is none. domains: of the email addresses it may vouch for. joins: the role of whoever comes
        -- without an invitation; NULL: nobody does. passwords: whether members other than owners may sign in by password too.
        CREATE TABLE sign_on (
            workspace  smallint PRIMARY KEY REFERENCES workspaces ON DELETE CASCADE,
            id         bytea NOT NULL UNIQUE,
            name       text NOT NULL,
            issuer     text NOT NULL,
            client     text NOT NULL,
            sealed     text NOT NULL,
            domains    text[] NOT NULL,
            joins      text CHECK (joins IN ('admin', 'author', 'approver', 'viewer')),
            passwords  boolean NOT NULL,
            enabled    boolean NOT NULL,
            revision   integer NOT NULL,
            changed_by text NOT NULL,
            changed_at bigint NOT NULL
        );
        CREATE INDEX sign_on_domains ON sign_on USING gin (domains);

        -- Whom a provider means by a subject: found by email the first time, by this from then on.
        CREATE TABLE sign_on_links (
            issuer    text NOT NULL,
            client    text NOT NULL,
            subject   text NOT NULL,
            account   bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
            linked_at bigint NOT NULL,
            PRIMARY KEY (issuer, client, subject),
            UNIQUE (account, issuer, client)
        );

        -- Sign-ins that were begun and did not come back yet. state, browser: hashes.
        CREATE TABLE sign_on_begun (
            state     bytea PRIMARY KEY,
            workspace smallint NOT NULL REFERENCES sign_on ON DELETE CASCADE,
            browser   bytea NOT NULL,
            address   text NOT NULL,
            next      text NOT NULL,
            until     bigint NOT NULL
        );
        CREATE INDEX sign_on_begun_until ON sign_on_begun (until);
        CREATE INDEX sign_on_begun_address ON sign_on_begun (address);

        -- Who was taken out of a workspace: a provider brings them back by an invitation alone.
        CREATE TABLE team_removed (
            workspace smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            account   bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
            PRIMARY KEY (workspace, account)
        );

        -- The provider that vouched for a session, and the domain of the address it said; NULL: a password did.
        ALTER TABLE sessions ADD COLUMN issuer text, ADD COLUMN client text, ADD COLUMN domain text;
        -- Whoever came into a workspace through its provider gets in through it alone.
        ALTER TABLE team_members ADD COLUMN vouched boolean NOT NULL DEFAULT false;
        -- An account that came through a provider has no password: ''.
        """,
    )
