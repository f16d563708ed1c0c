"""Routes about recipes."""
