"""Reports: what was sent, what became of it, who reached the goal."""
