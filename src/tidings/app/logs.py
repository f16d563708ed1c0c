"""What the processes print about their work: one line an event, for people at a terminal, as JSON anywhere else."""

import logging
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog


def configure(level: str) -> None:
    """Set up logging for this process; ``level``: debug, info, warning or error."""
    people = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            *([] if people else [structlog.processors.format_exc_info]),
            structlog.dev.ConsoleRenderer() if people else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Stderr())),
        cache_logger_on_first_use=True,
    )


class _Stderr:
    """The error stream as it is when a line is written: loggers live longer than a stream that was put in its place for a while.

    A line that can't be written (the disk is full, nobody reads any more) is lost, and nothing else: work that stops because it
    can't tell of a fault would be the greater one.
    """

    def write(self, text: str) -> int:
        """Write a piece of a line."""
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        """Let it be seen."""
        with suppress(OSError, ValueError):
            sys.stderr.flush()
