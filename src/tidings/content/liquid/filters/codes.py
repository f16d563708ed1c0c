"""Filters that encode and hash."""

import base64 as b64
import hashlib
import hmac
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote_plus

from tidings.content.liquid.values import text


def _bytes(value: Any) -> bytes:
    return str(text(value)).encode("utf-8", "surrogatepass")


def base64_encode(value: Any) -> str:
    return b64.b64encode(_bytes(value)).decode()


def base64_decode(value: Any) -> str:
    return b64.b64decode(_bytes(value) + b"==").decode()


def base64_url_safe_encode(value: Any) -> str:
    return b64.urlsafe_b64encode(_bytes(value)).decode()


def base64_url_safe_decode(value: Any) -> str:
    return b64.urlsafe_b64decode(_bytes(value) + b"==").decode()


def hex_base64(value: Any) -> str:
    """Base 64 of the bytes that hexadecimal digits stand for."""
    return b64.b64encode(bytes.fromhex(str(text(value)))).decode()


def md5(value: Any) -> str:
    return hashlib.md5(_bytes(value), usedforsecurity=False).hexdigest()


def sha1(value: Any) -> str:
    return hashlib.sha1(_bytes(value), usedforsecurity=False).hexdigest()


def sha256(value: Any) -> str:
    return hashlib.sha256(_bytes(value)).hexdigest()


def hmac_sha1(value: Any, key: Any) -> str:
    return hmac.new(_bytes(key), _bytes(value), "sha1").hexdigest()


def hmac_sha256(value: Any, key: Any) -> str:
    return hmac.new(_bytes(key), _bytes(value), "sha256").hexdigest()


def url_encode(value: Any) -> str:
    return quote_plus(_bytes(value))


def url_decode(value: Any) -> str:
    return unquote_plus(str(text(value)))


def uri_escape(value: Any) -> str:
    """Escape what can't stand in a URL, and leave what has a meaning there."""
    return quote(_bytes(value), safe=";/?:@&=+$,-_.!~*'()#[]%")


FILTERS: Final = {
    "base64": base64_encode,
    "base64_decode": base64_decode,
    "base64_encode": base64_encode,
    "base64_url_safe_decode": base64_url_safe_decode,
    "base64_url_safe_encode": base64_url_safe_encode,
    "cgi_escape": url_encode,
    "hex_base64": hex_base64,
    "hmac_sha1": hmac_sha1,
    "hmac_sha256": hmac_sha256,
    "md5": md5,
    "sha1": sha1,
    "sha256": sha256,
    "uri_escape": uri_escape,
    "url_decode": url_decode,
    "url_encode": url_encode,
}
