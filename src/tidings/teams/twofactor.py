"""Two-factor: codes of six digits every 30 seconds (RFC 6238), and ten recovery codes that each work once."""

import os
from base64 import b32encode
from hashlib import blake2b
from typing import Final

import pyotp

STEP: Final = 30
_AROUND: Final = (-1, 0, 1)
"""Steps that a clock may be off."""


def draw() -> str:
    """Draw a secret."""
    return pyotp.random_base32()


def address(secret: str, email: str) -> str:
    """Give what an authenticator app reads as a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Tidings")


def step_of(secret: str, code: str, now: float, after: int) -> int | None:
    """Give the step a code is right for, later than ``after`` (the last one used), or None."""
    digits = code.replace(" ", "")
    current = int(now) // STEP
    for step in (current + off for off in _AROUND):
        if step > after and pyotp.utils.strings_equal(pyotp.TOTP(secret).at(step * STEP), digits):
            return step
    return None


def draw_recovery() -> list[str]:
    """Draw ten recovery codes of 50 bits."""
    drawn = [b32encode(os.urandom(7)).decode()[:10].lower() for _ in range(10)]
    return [f"{code[:5]}-{code[5:]}" for code in drawn]


def hash_recovery(code: str) -> bytes:
    """Give what a recovery code is stored as."""
    return blake2b(code.strip().lower().replace("-", "").encode(), digest_size=32).digest()
