"""Kinds of calls, one file each, named as the step that asks for it."""
