"""The command line: ``tidings COMMAND``."""

from tidings.cli.main import app, main

__all__ = ["app", "main"]
