"""Making, publishing and filling segments over HTTP."""
