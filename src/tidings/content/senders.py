"""Who a message is from: what its template says, a sender of the workspace by name, or the workspace's own."""

import re
from collections.abc import Mapping
from typing import Any, Final

_SPECIAL: Final = re.compile(r"[()<>\[\]:;@\\,.\"]")


def resolve_sender(settings: Mapping[str, Any], from_: str = "", reply_to: str = "") -> tuple[str, str]:
    """Give (from, reply to) as header text, "" where there is none.

    ``settings``: a workspace's, with ``senders`` by name and ``sender``, the name of the one that is meant where nothing is said
    (not needed where there is only one). ``from_``: such a name, or an address.
    """
    senders: Mapping[str, Any] = settings.get("senders") or {}
    if from_ and from_ not in senders:
        return from_, reply_to
    only = next(iter(senders)) if len(senders) == 1 else ""
    sender = senders.get(from_ or settings.get("sender") or only)
    if sender is None:
        return "", reply_to
    return _address(sender.get("name", ""), sender["email"]), reply_to or sender.get("reply_to", "")


def _address(name: str, email: str) -> str:
    """Readable, not yet encoded: ``Ada <ada@example.com>``, in quotes where the name has signs that mean something."""
    if not name:
        return email
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{quoted if _SPECIAL.search(name) else name} <{email}>"
