"""What this process counts, for Prometheus. Nothing in it tells about a person or a key."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY: Final = CollectorRegistry()
requests: Final = Counter("tidings_requests_total", "Requests answered", ("format", "status"), registry=REGISTRY)
records: Final = Counter("tidings_records_accepted_total", "Records accepted and durable", registry=REGISTRY)
refused: Final = Counter(
    "tidings_records_refused_total", "Records put on the rejected list on arrival", registry=REGISTRY
)
unknown: Final = Counter("tidings_unknown_key_requests_total", "Requests whose write key is unknown", registry=REGISTRY)
limited: Final = Counter(
    "tidings_limited_requests_total", "Requests beyond the rate limit of their key", registry=REGISTRY
)
waiting: Final = Gauge("tidings_append_waiting_bytes", "Bytes waiting to be written to the log", registry=REGISTRY)
group: Final = Histogram(
    "tidings_append_records",
    "Records that shared one commit",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000),
    registry=REGISTRY,
)
seconds: Final = Histogram(
    "tidings_append_seconds",
    "How long one commit to the log took",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
    registry=REGISTRY,
)
behind: Final = Gauge(
    "tidings_definitions_behind_partitions",
    "Partitions in which the newest definitions are not in force",
    ("workspace",),
    registry=REGISTRY,
)
held: Final = Gauge(
    "tidings_log_held_seconds",
    "For how long the oldest transaction has held the log back: nothing accepted since can be read",
    registry=REGISTRY,
)
_answered: Final[dict[tuple[str, int], Counter]] = {}


def answered(format: str, status: int) -> None:
    """Count one answer."""
    counter = _answered.get((format, status))
    if counter is None:
        counter = _answered[format, status] = requests.labels(format, str(status))
    counter.inc()


def page() -> bytes:
    """Print all counts."""
    return generate_latest(REGISTRY)
