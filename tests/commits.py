"""Which commits waited for the disk: a trigger on each table writes down how the transaction that changed it was to commit."""

from tests.conftest import Database


async def watch(database: Database, *tables: str, **columns: str) -> None:
    """From here on, remember of every statement that writes to these tables whether its commit waits for the disk; ``columns``: of
    updates of a table, look only at those that set this column."""
    await database.execute(
        """
        CREATE TABLE commits (what text NOT NULL, waited boolean NOT NULL, PRIMARY KEY (what, waited));
        CREATE FUNCTION remember_commit() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO commits VALUES (TG_OP || ' ' || TG_TABLE_NAME, current_setting('synchronous_commit') <> 'off')
            ON CONFLICT DO NOTHING;
            RETURN NULL;
        END $$
        """
    )
    for table in (*tables, *columns):
        of = f"OF {columns[table]}" if table in columns else ""
        await database.execute(
            f"CREATE TRIGGER remember AFTER INSERT OR UPDATE {of} OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION remember_commit()"
        )


async def waited(database: Database) -> dict[str, set[bool]]:
    """Give what was written, as ``INSERT log``, with whether the commits that wrote it waited: some may have, others not."""
    found: dict[str, set[bool]] = {}
    for what, did in await database.fetch("SELECT what, waited FROM commits"):
        found.setdefault(what, set()).add(did)
    return found
