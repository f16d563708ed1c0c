"""The words every room shares: instants, ids, records, errors. Pure; imports nothing of Tidings."""
