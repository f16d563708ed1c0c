"""The command line: ``tidings COMMAND``."""

from tidings.cli.commands import app
from tidings.cli.main import main

__all__ = ["app", "main"]
