"""Actions: functions of a project, read without running them, and run each in a process of its own that can reach nothing."""

from tidings.actions.code import WORDS, Function, functions, place
from tidings.actions.process import Fetch, Result, run

__all__ = ["WORDS", "Fetch", "Function", "Result", "functions", "place", "run"]
