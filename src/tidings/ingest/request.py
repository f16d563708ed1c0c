"""What every wire format takes and gives: a request as it came, and an answer with the records it brings."""

from base64 import b64decode
from binascii import Error
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from tidings.database.access import Source
from tidings.kernel.records import Identifier, Record

Keys: TypeAlias = Callable[[str], Source | None]
"""Finds the source of a credential; a Track credential is ``site id:api key``."""

JSON: Final = "application/json; charset=utf-8"
_LONGEST: Final = 2000
"""Characters of a login: as long as the longest credential there can be, in base 64, and nothing that fills what is remembered."""
_encode = msgspec.json.Encoder().encode


class Request(NamedTuple):
    """``path``: the decoded segments after the format's prefix. ``headers``: names in lower case. ``received``: microseconds."""

    method: str
    path: Sequence[str]
    headers: Mapping[str, str]
    body: bytes
    received: int
    query: Mapping[str, str] = {}


class Refused(NamedTuple):
    """A record that was answered as accepted and can't be applied, with why: for the rejected list. ``told_of``: whom it tells of besides
    those it names; when they are deleted it goes too."""

    reason: str
    record: Record
    told_of: Sequence[Identifier] = ()


class Answer(NamedTuple):
    """``source``: whose request it is, where that is known. ``records``, in order, and ``refused`` are kept before it is given."""

    status: int
    body: bytes
    records: Sequence[Record] = ()
    refused: Sequence[Refused] = ()
    source: Source | None = None
    headers: Mapping[str, str] = {}


def as_json(value: Any) -> bytes:
    """Print an answer's body."""
    return _encode(value)


def basic(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """Give (user, password) of Basic authorization."""
    said = headers.get("authorization", "")
    return _basic(said) if len(said) < _LONGEST else None


@lru_cache(1000)
def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, mark, password = b64decode(rest.strip(), validate=True).decode().partition(":")
    except (Error, ValueError):
        return None
    return (user, password) if mark else None


def bearer(headers: Mapping[str, str]) -> str | None:
    """Give the token of Bearer authorization."""
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    return rest.strip() or None if scheme.lower() == "bearer" else None
