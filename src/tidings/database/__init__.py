"""The one database: PostgreSQL, embedded or given by its address; connections, tables and migrations."""
