"""The demo: a small workspace as files, and people who use its product."""
