"""The log: append durably, read each partition in order, and lease partitions to workers."""

from tidings.log.postgres import Batch, Cursor, Reader, Row, append, listen, wake

__all__ = ["Batch", "Cursor", "Reader", "Row", "append", "listen", "wake"]
