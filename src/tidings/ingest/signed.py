"""Signed user ids: with a public key, what a message says of the person it names counts as with a secret key, where a server signed the id.

The signature is ``context.userHash``: HMAC-SHA256 of the ``userId`` with the source's signing secret, in lower-case hex. It proves that id
and no other, so bodies that concern anybody else stay what they are with a public key. Docs: decision 0073.
"""

import hmac
from typing import Any, Final

from msgspec.structs import replace

from tidings.kernel.records import (
    MISSIGNED,
    SIGNED,
    Consent,
    Delete,
    Device,
    Identify,
    Record,
    Suppress,
    Unsuppress,
)

HASH: Final = "userHash"
_OF_ONE: Final = (Identify, Consent, Device)
"""Bodies about the one person whom the identifiers beside them decide upon."""
_OF_ALL: Final = (Delete, Suppress, Unsuppress)
"""Bodies that reach everything named beside them; the browser that is named may be somebody else's."""


def signed(record: Record, secret: str, hash: Any) -> Record:
    """Weigh what came with a public key and a signature. ``secret``: the source's; with "" none is right."""
    body = record.body
    if not isinstance(body, _OF_ONE + _OF_ALL):
        return record
    kind, user = record.who[0]
    if kind != "id" or not is_right(secret, user, hash):
        return replace(record, trust=MISSIGNED)
    return replace(record, trust=SIGNED, who=(("id", user),) if isinstance(body, _OF_ALL) else record.who)


def is_right(secret: str, user: str, hash: Any) -> bool:
    """Whether it is the signature of a user's id."""
    if not secret or not isinstance(hash, str) or not hash.isascii():
        return False
    return hmac.compare_digest(hmac.digest(secret.encode(), user.encode(), "sha256").hex(), hash)
