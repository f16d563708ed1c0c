"""The live loop around `engine.step`: records in the log's order, timers at their due times, one commit a batch."""

from tidings.processor.worker import Worker

__all__ = ["Worker"]
