"""Routes about who is signed in."""
