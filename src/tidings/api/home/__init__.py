"""Home: what is live, what changed, what needs a look."""
