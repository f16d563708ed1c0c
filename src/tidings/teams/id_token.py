"""The ID token of a provider: whether it is genuine, meant for us, of now, and of the sign-in that was begun.

As OpenID Connect Core 1.0 says in 3.1.3.7.

Two signatures are taken, RS256 and ES256, each with a key of its own kind: a token can't choose none, and can't have the public key taken
for a shared secret.
"""

from collections.abc import Mapping, Sequence
from hmac import compare_digest
from typing import Any, Final, NamedTuple

import jwt

ALGORITHMS: Final = {"RS256": "RSA", "ES256": "EC"}
"""Each with the kind of its keys."""
LEEWAY: Final = 60
"""Seconds that two clocks may differ."""
LARGEST: Final = 20_000
_SHORTEST: Final = 2048
"""Bits of an RSA key."""


class Untrusted(Exception):
    """The token is not to be believed; what it says begins with a small letter."""


class UnknownKey(Exception):
    """It names a key that is not among those known."""


class Claims(NamedTuple):
    """Whom a provider means. ``email``: as it is written there, "" where it says none. ``verified``: None where it says nothing."""

    subject: str
    email: str
    verified: bool | None
    name: str


def check(token: str, keys: Sequence[Any], *, issuer: str, client: str, nonce: str) -> dict[str, Any]:
    """Give what a token says once it is believed. ``keys``: of the provider, as JSON Web Keys. Raises `UnknownKey` or `Untrusted`."""
    algorithm, kid = _head(token)
    key = _key(keys, algorithm, kid)
    try:
        said: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=client,
            issuer=issuer,
            leeway=LEEWAY,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except jwt.PyJWTError as error:
        raise Untrusted(_WORDS.get(type(error), "it can't be read")) from None
    audience = said["aud"]
    if "azp" in said and said["azp"] != client:
        raise Untrusted("it was made for another application")
    if isinstance(audience, list) and len(audience) > 1 and "azp" not in said:
        raise Untrusted("it is meant for several applications, and does not say for which it was made")
    if not compare_digest(str(said.get("nonce", "")).encode(), nonce.encode()):
        raise Untrusted("it belongs to another sign-in")
    if not said["sub"] or len(said["sub"]) > 255:
        raise Untrusted("it does not say whom it means")
    return said


def claims(said: Mapping[str, Any]) -> Claims:
    """Read whom a checked token, or an answer of the provider's userinfo endpoint, means."""
    verified = said.get(
        "email_verified", said.get("xms_edov")
    )  # Entra ID says the second: whether the domain's owner is known
    email, name = said.get("email"), said.get("name")
    return Claims(
        str(said["sub"]),
        email if isinstance(email, str) else "",
        None if verified is None else verified is True or str(verified).lower() in ("true", "1"),
        name.strip() if isinstance(name, str) else "",
    )


def _head(token: str) -> tuple[str, str | None]:
    if len(token) > LARGEST:
        raise Untrusted("it is too long")
    try:
        head = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise Untrusted("it can't be read") from None
    algorithm, kid = head.get("alg"), head.get("kid")
    if algorithm not in ALGORITHMS:
        raise Untrusted(f"it is signed with {str(algorithm)[:20]}, and only {' and '.join(ALGORITHMS)} are taken")
    if "crit" in head:
        raise Untrusted("it asks for something that is not known here")
    return algorithm, kid if isinstance(kid, str) else None


def _key(keys: Sequence[Any], algorithm: str, kid: str | None) -> jwt.PyJWK:
    fit = [each for each in keys if isinstance(each, Mapping) and _is_for(each, algorithm)]
    named = [each for each in fit if kid is None or each.get("kid") == kid]
    if not named:
        raise UnknownKey
    if len(named) > 1 and kid is None:
        raise Untrusted("it does not say which of the provider's keys it is signed with")
    try:
        key = jwt.PyJWK(dict(named[0]), algorithm)
    except (jwt.PyJWTError, ValueError, TypeError):
        raise Untrusted("the provider's key can't be read") from None
    if algorithm == "RS256" and key.key.key_size < _SHORTEST:
        raise Untrusted(f"the provider's key is shorter than {_SHORTEST} bits")
    return key


def _is_for(key: Mapping[str, Any], algorithm: str) -> bool:
    if key.get("kty") != ALGORITHMS[algorithm] or (algorithm == "ES256" and key.get("crv") != "P-256"):
        return False
    return bool(key.get("use", "sig") == "sig" and key.get("alg", algorithm) == algorithm)


_WORDS: Final[dict[type[jwt.PyJWTError], str]] = {
    jwt.ExpiredSignatureError: "it has expired; the clocks of both machines may differ",
    jwt.ImmatureSignatureError: "it is not valid yet; the clocks of both machines may differ",
    jwt.InvalidIssuedAtError: "it does not say when it was made",
    jwt.InvalidAudienceError: "it is meant for another application",
    jwt.InvalidIssuerError: "it was made by another provider",
    jwt.InvalidSignatureError: "its signature is wrong",
    jwt.MissingRequiredClaimError: "it does not say all that it has to",
}
