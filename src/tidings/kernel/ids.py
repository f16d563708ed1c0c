"""Ids: sixteen bytes, made by hashing what they stand for, so that a repeat makes the same id.

Inside, an id is ``bytes``; outside (URLs, JSON, files) it is 26 characters of Crockford's base 32, lower case.
A delivery's public id is two hex digits of its home partition and then that text, so a stranger's receipt finds
its partition without a look-up and still cannot be guessed (128 bits of a keyed hash).
"""

import os
from base64 import b32decode, b32encode
from hashlib import blake2b
from typing import Final

PARTITIONS: Final = 64
SIZE: Final = 16

_ALPHABET = b"0123456789abcdefghjkmnpqrstvwxyz"
_RFC4648 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CROCKFORD = bytes.maketrans(_RFC4648, _ALPHABET)
_STANDARD = bytes(_RFC4648[_ALPHABET.index(byte)] if byte in _ALPHABET else 0 for byte in range(256))
"""Each byte as the other alphabet writes it; those of no digit as one that no reader takes."""


def fresh() -> bytes:
    """Make a random id, for records that bring none of their own."""
    return os.urandom(SIZE)


def digest(*parts: bytes | str | int, key: bytes = b"") -> bytes:
    """Hash parts to sixteen bytes; each part is framed by its length, so no two lists of parts read alike."""
    framed: list[bytes] = []
    for part in parts:
        if not isinstance(part, bytes):
            part = (part if isinstance(part, str) else str(part)).encode("utf-8", "surrogatepass")
        framed += (len(part).to_bytes(4, "big"), part)
    return blake2b(b"".join(framed), digest_size=SIZE, key=key).digest()


def partition_of(workspace: int, kind: str, value: str) -> int:
    """Give the partition (0..63) that an identifier's records first go to."""
    return (
        blake2b(f"{workspace}\0{kind}\0{value}".encode("utf-8", "surrogatepass"), digest_size=1).digest()[0]
        % PARTITIONS
    )


def person_id(partition: int, *parts: bytes | str | int) -> bytes:
    """Make a person's id: its first byte is the partition that is the person's home for ever."""
    return bytes([partition]) + digest(*parts)[1:]


def home_of(person: bytes) -> int:
    """Give a person's home partition."""
    return person[0] % PARTITIONS


def draw(*parts: bytes | str | int) -> float:
    """Draw a number in [0, 1) from the hash of the parts: the same parts always draw the same number."""
    return int.from_bytes(digest(*parts)[:7], "big") / (1 << 56)


def show(id: bytes) -> str:
    """Print sixteen bytes as 26 characters."""
    return b32encode(b"\0\0\0\0" + id)[6:].translate(_CROCKFORD).decode("ascii")


def read(text: str) -> bytes | None:
    """Read what `show` printed; None when it is no id."""
    if len(text) != 26:
        return None
    try:
        found = b32decode(b"AAAAAA" + text.lower().encode("ascii").translate(_STANDARD))
    except (ValueError, UnicodeEncodeError):
        return None
    return found[4:] if found[:4] == b"\0\0\0\0" else None


def show_delivery(partition: int, id: bytes) -> str:
    """Print a delivery's public id."""
    return f"{partition:02x}{show(id)}"


def read_delivery(text: str) -> tuple[int, bytes] | None:
    """Read a delivery's public id into (partition, id); None when it is none."""
    try:
        partition = int(text[:2], 16)
    except ValueError:
        return None
    id = read(text[2:])
    return (partition, id) if id is not None and partition < PARTITIONS else None
