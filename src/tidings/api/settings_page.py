"""``/v1/projects/<write key>/settings``: what browser libraries ask for before they send anything."""

from urllib.parse import urlsplit

from tidings.ingest.request import as_json

_NAMES = ("Segment.io", "Customer.io Data Pipelines")


def settings_page(base: str, key: str) -> bytes:
    """Print it for a key. ``base``: where browsers reach this installation. A sample rate of 0 keeps the libraries' telemetry at home."""
    parts = urlsplit(base)
    where = {"apiKey": key, "apiHost": f"{parts.netloc}{parts.path}/v1", "protocol": parts.scheme}
    return as_json(
        {
            "integrations": dict.fromkeys(_NAMES, where),
            "metrics": {"sampleRate": 0},
            "plan": {},
            "middlewareSettings": {},
            "enabledMiddleware": {},
            "remotePlugins": [],
            "legacyVideoPluginsEnabled": False,
        }
    )
