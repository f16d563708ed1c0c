"""What a row of history says, in its stored form: a format byte, then MessagePack. Of an event: its properties."""

from typing import Any, Final

import msgspec

FORMAT: Final = b"\x01"
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder()


def pack(value: Any) -> bytes:
    """Give the stored form."""
    return FORMAT + _encoder.encode(value)


def unpack(data: bytes) -> Any:
    """Read what `pack` wrote; raises ValueError for a format this program does not know."""
    if data[:1] != FORMAT:
        raise ValueError(f"history format {data[:1]!r} is not known to this version")
    return _decoder.decode(memoryview(data)[1:])
