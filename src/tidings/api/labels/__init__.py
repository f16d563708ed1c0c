"""Routes about folders, tags, the archive and favourites."""
