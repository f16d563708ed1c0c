"""When something happened, read from what senders write: ISO 8601, or unix time."""

from datetime import datetime
from typing import Any, Final

from tidings.kernel.times import EARLIEST, LATEST, MINUTE, SECOND, Instant, from_datetime, parse_iso

AHEAD: Final = 5 * MINUTE
"""How far a clock may run ahead; beyond it the time of receipt counts."""
_MILLISECONDS: Final = 100_000_000_000


def moment(value: Any) -> Instant | None:
    """Read an instant: ISO 8601, unix seconds, or (from 1e11 on) milliseconds. None where there is none between 1900 and 2100."""
    if isinstance(value, str):
        try:
            instant = from_datetime(datetime.fromisoformat(value))
        except (ValueError, OverflowError):
            return parse_iso(value) if not value.isdecimal() or len(value) > 20 else unix(value)
    else:
        return unix(value)
    return instant if EARLIEST <= instant < LATEST else None


def unix(value: Any) -> Instant | None:
    """Read unix time, a number or the text of one."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) <= 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    instant = int(value * 1000) if abs(value) >= _MILLISECONDS else int(value * SECOND)
    return instant if EARLIEST <= instant < LATEST else None


def happened(own: Instant | None, sent: Instant | None, received: Instant) -> Instant:
    """When it happened by our clock: the sender's clock is corrected by how far off it was on sending."""
    if own is None:
        return received
    if sent is not None:
        own = received - (sent - own)
    return own if EARLIEST <= own <= received + AHEAD else received
