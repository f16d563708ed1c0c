"""Routes for whoever forgot their password."""
