"""What may stand in a body: its JSON is read, its text mended, its depth and numbers bounded.

Text that can't be stored is mended, since one broken emoji (half of a surrogate pair, as cutting a string in a browser leaves it) or one
NUL must not cost a batch: each such character becomes U+FFFD. Whole numbers beyond 64 bits become floating point, as they are in a
browser. What can't be mended is malformed.
"""

import json
import math
import re
from typing import Any, Final

import msgspec

DEPTH: Final = 20
"""How deep lists and objects may nest."""
IDENTIFIER: Final = 255
"""Bytes of an identifier."""

_BAD: Final = re.compile("[\0\ud800-\udfff]")
_DIGITS: Final = bytes(48 if 48 <= byte <= 57 else byte for byte in range(256))
_BIG: Final = b"0" * 19
"""What a number of more than 64 bits looks like once every digit is a zero."""
_LEAST, _MOST = -(1 << 63), (1 << 64) - 1
_decode = msgspec.json.Decoder().decode


class Malformed(ValueError):
    """The body can't be read; the text says why."""


class Unstorable(Malformed):
    """It is JSON, but nests too deep or holds a number beyond any type."""


def read(body: bytes | msgspec.Raw) -> Any:
    """Read JSON whose every part can be stored; raises `Malformed`."""
    data = bytes(body)
    try:
        value = _decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return mended(parsed(data))
    if is_plain(data):
        return value
    return mended(value)


def is_plain(data: bytes) -> bool:
    """Whether nothing in it can need mending; a look at the bytes, far cheaper than a walk through the values."""
    shallow = data.count(b"{") + data.count(b"[") <= DEPTH
    return shallow and b"\\u0000" not in data and not has_big(data)


def has_big(data: bytes) -> bool:
    """Whether it may hold a whole number of more than 64 bits."""
    return _BIG in data.translate(_DIGITS)


def parsed(data: bytes) -> Any:
    """Read what a strict reader refuses, lone surrogates, to be `mended`; and say of everything else why not."""
    try:
        return json.loads(data.decode("utf-8-sig"), parse_int=_whole, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise Malformed("the body is not UTF-8") from None
    except RecursionError:
        raise Unstorable(f"the body nests more than {DEPTH} levels deep") from None
    except json.JSONDecodeError as error:
        raise Malformed(f"the body is not JSON: {error}") from None


def _whole(digits: str) -> int | float:
    """Read a whole number; one of thousands of digits, which Python does not read, is beyond any type."""
    try:
        return int(digits)
    except ValueError:
        return math.inf


def _no_constant(name: str) -> Any:
    raise Malformed(f"the body is not JSON: {name} is no number of JSON")


def mended(value: Any, depth: int = 0) -> Any:
    """Give a value as it can be stored; raises `Unstorable` where that can't be."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        if depth >= DEPTH:
            raise Unstorable(f"the body nests more than {DEPTH} levels deep")
        return {text(key): mended(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        if depth >= DEPTH:
            raise Unstorable(f"the body nests more than {DEPTH} levels deep")
        return [mended(inner, depth + 1) for inner in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int) and not _LEAST <= value <= _MOST:
        try:
            return float(value)
        except OverflowError:
            raise Unstorable("the body holds a number too large for any number type") from None
    if isinstance(value, float) and not math.isfinite(value):
        raise Unstorable("the body holds a number too large for any number type")
    return value


def text(value: str) -> str:
    """Give a text as it can be stored."""
    return _BAD.sub("\ufffd", value) if _BAD.search(value) else value


def identifier(value: Any) -> str | None:
    """Read an identifier: a text or a whole number; None where there is none. Raises ValueError with what is wrong."""
    if type(value) is str:
        if not value or value.isspace():
            return None
        if len(value) > IDENTIFIER // 4 and len(value.encode()) > IDENTIFIER:
            raise ValueError(f"an identifier is longer than {IDENTIFIER} bytes")
        if "\ufffd" in value:
            raise ValueError("an identifier holds characters that can't be stored")
        return value
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 63:
        return str(int(value))
    raise ValueError("an identifier is neither a text nor a whole number")


def kept(value: Any) -> dict[str, Any]:
    """Give an object's fields; what is no object has none."""
    return value if isinstance(value, dict) else {}
