"""Trigger kinds, one file each; `kinds.py` finds them."""
