"""MJML: checked, then turned into HTML."""
