"""Work on many people over HTTP."""
