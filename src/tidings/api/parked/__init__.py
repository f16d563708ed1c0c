"""Routes about runs that stand still at a fault."""
