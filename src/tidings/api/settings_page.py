"""What browser libraries ask for before they send anything: ``/v1/projects/<write key>/settings``, and RudderStack's ``/sourceConfig``.

The library of Segment and that of Customer.io, which descends from it, ask for the same and look for different names in the answer. Both
take a second name for a destination, and then load code for destinations: from the page's own bundle where they are part of one, from here
where a snippet brought them (see `libraries`), but from their vendor where another script tag did. Under ``/segment`` and ``/customerio``
only the one name is told, and nothing else is loaded.
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from tidings.database.access import Source
from tidings.ingest.request import as_json

_SEGMENT: Final = "Segment.io"
_CUSTOMERIO: Final = "Customer.io Data Pipelines"
NAMES: Final = {"": (_SEGMENT, _CUSTOMERIO), "segment": (_SEGMENT,), "customerio": (_CUSTOMERIO,)}
"""What precedes the path -> the names told."""


def settings_page(base: str, key: str, names: Sequence[str]) -> bytes:
    """Print it for a key. ``base``: where browsers reach this installation. A sample rate of 0 keeps the libraries' telemetry at home."""
    parts = urlsplit(base)
    where = {"apiKey": key, "apiHost": f"{parts.netloc}{parts.path}/v1", "protocol": parts.scheme}
    return as_json(
        {
            "integrations": dict.fromkeys(names, where),
            "metrics": {"sampleRate": 0},
            "plan": {},
            "middlewareSettings": {},
            "enabledMiddleware": {},
            "remotePlugins": [],
            "legacyVideoPluginsEnabled": False,
        }
    )


def source_config(source: Source, key: str) -> bytes:
    """Print what RudderStack's library asks its control plane for: a source that is on, with no destinations in the browser."""
    silent = {"statsCollection": {"errors": {"enabled": False}, "metrics": {"enabled": False}}}
    id = f"source-{source.id}"
    described = {"id": id, "name": source.name, "writeKey": key, "workspaceId": f"workspace-{source.workspace}"}
    return as_json({"source": {**described, "enabled": True, "config": silent, "destinations": [], "dataplanes": {}}})
