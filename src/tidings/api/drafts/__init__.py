"""Routes about drafts."""
