"""People: the document, identity, and their store."""
