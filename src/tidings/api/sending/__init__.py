"""Stopping all sending over HTTP."""
