"""The installation's own key. What must not be read by whoever has the database alone is sealed with it (AES-256-GCM).

It is what TIDINGS_KEY says, or drawn once and kept in the file ``key`` of the data folder. Where several machines share a database, each
needs the same: set TIDINGS_KEY there.
"""

import os
from base64 import b64decode, b64encode
from functools import lru_cache
from hashlib import blake2b
from hmac import compare_digest
from pathlib import Path
from secrets import token_hex, token_urlsafe
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tidings.kernel.ids import digest, show
from tidings.settings import Settings

_SEALED: Final = "v1:"


class WrongKey(Exception):
    """What is stored was sealed with another key."""

    def __init__(self) -> None:
        super().__init__(
            "it was sealed with another key: set TIDINGS_KEY, or the file `key` of the data folder, as it was"
        )


def installation_key(settings: Settings) -> bytes:
    """Give 32 bytes, the same each time. Raises OSError where the data folder can't be written."""
    return _derived(settings.key or _kept(settings.data))


def has_key(settings: Settings) -> bool:
    """Whether the key is here already: another would be drawn where it is not."""
    return bool(settings.key) or (settings.data / "key").exists()


def setup_code(key: bytes) -> str:
    """Give the code that proves, to whoever makes the first account, that they see what the installation prints."""
    text = show(digest("set up", key=key))[:12].lower()
    return "-".join((text[:4], text[4:8], text[8:]))


def is_setup_code(key: bytes, said: str) -> bool:
    """Whether that is the code; dashes, spaces and the case of letters count for nothing."""
    tidy = "".join(said.split()).replace("-", "").lower().encode("utf-8", "replace")
    return compare_digest(tidy, setup_code(key).replace("-", "").encode())


def seal(key: bytes, text: str, about: str) -> str:
    """Encrypt a text. ``about``: whose it is; it can't be moved to somebody else."""
    nonce = os.urandom(12)
    return _SEALED + b64encode(nonce + AESGCM(key).encrypt(nonce, text.encode(), about.encode())).decode()


def is_sealed(text: str) -> bool:
    """Whether a stored text is encrypted. Those of older versions are not."""
    return text.startswith(_SEALED)


def unseal(key: bytes, text: str, about: str) -> str:
    """Decrypt a text, or give it as it is where it never was sealed. Raises `WrongKey`."""
    if not is_sealed(text):
        return text
    try:
        data = b64decode(text.removeprefix(_SEALED))
        return AESGCM(key).decrypt(data[:12], data[12:], about.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise WrongKey from error


@lru_cache(4)
def _derived(secret: str) -> bytes:
    return blake2b(secret.encode(), digest_size=32, person=b"tidings key").digest()


def _kept(folder: Path) -> str:
    path = folder / "key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".key.{token_hex(4)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # two that start at once keep the same one
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="utf-8").strip()
