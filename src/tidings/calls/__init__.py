"""Calls: what runs ask of the world outside, made by a loop of their own, answered by records through the log."""
