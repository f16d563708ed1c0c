"""Changing people over HTTP, through the log."""
