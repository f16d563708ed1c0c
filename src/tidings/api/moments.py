"""Times in the query of a request."""

from tidings.api.problem import Refusal
from tidings.kernel.times import parse_iso


def moment(text: str, name: str) -> int | None:
    """Read one as microseconds, None where it is left out; refuses what is no time. ``name``: of the parameter."""
    found = parse_iso(text) if text else None
    if text and found is None:
        raise Refusal(400, f"`{name}` is a time", "write for example 2026-03-02T09:00:00Z")
    return found
