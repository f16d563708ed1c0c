"""Who may use the web app and the management API: accounts, sessions, roles, invitations, scopes of keys, the audit log."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0028"
down_revision = "0024"


def upgrade() -> None:
    """Make the tables."""
    execute_script(
        op.get_bind(),
        """
        -- A person who signs in. email: in lower case. password: argon2id's own form. totp: the shared secret once two-factor is on;
        -- totp_step: the last step of 30 s whose code was used, so that a code works once. recovery: hashes of codes not used yet.
        CREATE TABLE accounts (
            id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            email      text NOT NULL UNIQUE CHECK (email = lower(email) AND email <> ''),
            name       text NOT NULL,
            password   text NOT NULL,
            totp       text,
            totp_step  bigint NOT NULL DEFAULT 0,
            recovery   bytea[] NOT NULL DEFAULT '{}',
            made_at    bigint NOT NULL
        );

        -- What an account is in a workspace. granted, refused: permissions beyond, and without, those of the role.
        CREATE TABLE team_members (
            workspace smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            account   bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
            role      text NOT NULL CHECK (role IN ('owner', 'admin', 'author', 'approver', 'viewer')),
            granted   text[] NOT NULL DEFAULT '{}',
            refused   text[] NOT NULL DEFAULT '{}',
            since     bigint NOT NULL,
            PRIMARY KEY (workspace, account)
        );
        CREATE INDEX team_members_of_account ON team_members (account);

        -- hash: of the cookie in use; former: of the one before, good until rotated_at + a minute. id: what the owner revokes it by.
        CREATE TABLE sessions (
            id         bytea PRIMARY KEY CHECK (octet_length(id) = 16),
            account    bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
            hash       bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
            former     bytea UNIQUE,
            csrf       text NOT NULL,
            agent      text NOT NULL,
            address    text NOT NULL,
            made_at    bigint NOT NULL,
            seen_at    bigint NOT NULL,
            rotated_at bigint NOT NULL
        );
        CREATE INDEX sessions_of_account ON sessions (account);

        CREATE TABLE invitations (
            id        bytea PRIMARY KEY CHECK (octet_length(id) = 16),
            hash      bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
            workspace smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            email     text NOT NULL,
            role      text NOT NULL,
            made_by   text NOT NULL,
            made_at   bigint NOT NULL,
            until     bigint NOT NULL
        );

        -- Failed sign-ins. key: a hash of the address or the email; since: when the count began.
        CREATE TABLE failed_logins (
            key   bytea PRIMARY KEY,
            count integer NOT NULL,
            since bigint NOT NULL
        );

        -- Everything that was changed, by whom, from what to what. workspace NULL: it concerns an account alone.
        CREATE TABLE audit (
            id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            workspace smallint REFERENCES workspaces ON DELETE CASCADE,
            at        bigint NOT NULL,
            account   bigint,
            actor     text NOT NULL,      -- as it was then: an email, or the name of a key
            what      text NOT NULL,
            kind      text NOT NULL,
            name      text NOT NULL,
            before    json,
            after     json
        );
        CREATE INDEX audit_of_workspace ON audit (workspace, id);

        -- What an app key may; NULL: what every app key may. Who made it, by email.
        ALTER TABLE sources ADD COLUMN scopes text[];
        ALTER TABLE sources ADD COLUMN made_by text NOT NULL DEFAULT '';
        CREATE TRIGGER scopes_changed AFTER UPDATE OF scopes ON sources
            FOR EACH STATEMENT EXECUTE FUNCTION tidings_keys_changed();
        """,
    )
