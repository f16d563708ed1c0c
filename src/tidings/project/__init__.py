"""Project files: a folder of plain files read into definitions, and definitions written back; plan, apply, pull, check."""
