"""Actions: functions of a project, read without running them, and run each in a process of its own that can reach nothing."""

from tidings.actions.code import Function, functions
from tidings.actions.process import Fetch, Result, run

__all__ = ["Fetch", "Function", "Result", "functions", "run"]
