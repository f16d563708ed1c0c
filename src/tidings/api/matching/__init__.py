"""People that a rule holds for, over HTTP."""
