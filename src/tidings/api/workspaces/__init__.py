"""The workspaces of an installation."""
