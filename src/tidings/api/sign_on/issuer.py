"""What is asked of a provider: its discovery document, its keys, the token for a code. All of it leaves by the guarded way out.

The document and the keys are kept for an hour, in this process. A token that names an unknown key has the keys read again, at most once in
half a minute, so that strangers can't have a provider asked for ever.
"""

import time
from base64 import b64encode
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from tidings.channels.exchange import NotAnswered, NotSent, Reply, Unfit, exchange
from tidings.channels.guard import Guard
from tidings.channels.guard import pool as guarded

_KEPT: Final = 3600.0
_AGAIN: Final = 30.0
"""Seconds between two looks for a key that is not known."""
_SECONDS: Final = 6.0
_MOST: Final = 200
"""Providers of which something is kept."""
_LIMIT: Final = 256 * 1024


class Unreadable(Exception):
    """The provider does not answer as OpenID Connect says; ``says`` is a sentence, ``hint`` what would be right."""

    def __init__(self, says: str, hint: str = "", field: str = "") -> None:
        super().__init__(says)
        self.says, self.hint, self.field = says, hint, field


class Provider(NamedTuple):
    """What its discovery document says. ``methods``: how a client may prove who it is at the token endpoint."""

    issuer: str
    authorize: str
    token: str
    keys: str
    userinfo: str
    methods: tuple[str, ...]
    algorithms: tuple[str, ...]


class Tokens(NamedTuple):
    """What a code was exchanged for."""

    id_token: str
    access_token: str


class Issuers:
    """Providers as they were read. ``networks``: of this house, in which one may stand beside the public internet."""

    def __init__(self, networks: tuple[str, ...] = ()) -> None:
        self._networks = networks
        self._providers: dict[str, tuple[float, Provider]] = {}
        self._keys: dict[str, tuple[float, list[Any]]] = {}

    async def provider(self, issuer: str, *, fresh: bool = False) -> Provider:
        """Read the discovery document, or give it as it was read within the hour. Raises `Unreadable`."""
        kept = self._providers.get(issuer)
        if kept is not None and not fresh and time.monotonic() - kept[0] < _KEPT:
            return kept[1]
        said = await self._json(f"{issuer.rstrip('/')}/.well-known/openid-configuration", "discovery document")
        found = self._read(said, issuer)
        _put(self._providers, issuer, found)
        return found

    async def keys(self, provider: Provider, *, fresh: bool = False) -> list[Any]:
        """Read the provider's keys, or give them as they were read within the hour. Raises `Unreadable`."""
        kept = self._keys.get(provider.keys)
        age = time.monotonic() - kept[0] if kept else _KEPT
        if kept is not None and age < (_AGAIN if fresh else _KEPT):
            return kept[1]
        said = await self._json(provider.keys, "list of keys")
        found = said.get("keys")
        if not isinstance(found, list) or not found:
            raise Unreadable("The provider's list of keys holds no keys.")
        _put(self._keys, provider.keys, found[:100])
        return found[:100]

    async def redeem(
        self, provider: Provider, client: str, secret: str, code: str, redirect: str, verifier: str
    ) -> Tokens:
        """Exchange a code for tokens. Raises `Unreadable`."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": verifier,
        }
        headers = {"content-type": "application/x-www-form-urlencoded"}
        if secret and ("client_secret_basic" in provider.methods or "client_secret_post" not in provider.methods):
            pair = f"{quote(client, safe='')}:{quote(secret, safe='')}"  # RFC 6749, 2.3.1: both are encoded first
            headers["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": client} | ({"client_secret": secret} if secret else {})
        reply = await self._ask(provider.token, "token endpoint", "POST", headers, urlencode(form).encode())
        said = _object(reply)
        if reply.status != 200:
            error = str(said.get("error", ""))
            says, hint = _REFUSED.get(error, (f"answered {reply.status} instead of a token", ""))
            raise Unreadable(f"The provider's token endpoint {says}.", hint)
        if not isinstance(said.get("id_token"), str):
            hint = "The scope `openid` has to be allowed for this client."
            raise Unreadable("The provider gave no ID token.", hint)
        return Tokens(said["id_token"], str(said.get("access_token") or ""))

    async def userinfo(self, provider: Provider, tokens: Tokens, subject: str) -> Mapping[str, Any]:
        """Ask the provider about whom a token means; what is said of anybody else is not taken. Raises `Unreadable`."""
        if not provider.userinfo or not tokens.access_token or not tokens.access_token.isascii():
            return {}
        headers = {"authorization": f"Bearer {tokens.access_token}"}
        said = await self._json(provider.userinfo, "userinfo endpoint", headers)
        if said.get("sub") != subject:
            raise Unreadable("The provider's userinfo endpoint speaks of somebody else.")
        return said

    async def _json(self, url: str, what: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        reply = await self._ask(url, what, "GET", headers or {})
        if reply.status != 200:
            hint = "Paste the issuer's address alone, without /.well-known/…" if what.startswith("discovery") else ""
            raise Unreadable(f"The provider's {what} answered {reply.status}.", hint)
        found = _object(reply)
        if not found:
            raise Unreadable(f"The provider's {what} is no JSON object.")
        return found

    async def _ask(self, url: str, what: str, method: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        own = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "Tidings", **headers}
        try:
            async with guarded(Guard(allow=self._networks), connections=1) as connections:
                return await exchange(connections, method, url, own, body, seconds=_SECONDS, limit=_LIMIT)
        except Unfit as error:
            hint = (
                "A provider inside your network needs TIDINGS_SIGN_ON_NETWORKS."
                if "not be reached" in str(error)
                else ""
            )
            raise Unreadable(f"The provider's {what} can't be used: {error}.", hint) from None
        except (NotSent, NotAnswered):
            raise Unreadable(f"The provider's {what} does not answer.", "Is its address right?") from None

    def _read(self, said: Mapping[str, Any], issuer: str) -> Provider:
        named = said.get("issuer")
        if not isinstance(named, str) or named.rstrip("/") != issuer.rstrip("/"):
            says = f"The discovery document is of another issuer: {str(named)[:200]}."
            if "{tenantid}" in str(named):  # Entra ID's `common` and `organizations`
                raise Unreadable(
                    says, "Write the issuer of one tenant: put its id in place of what stands for all of them."
                )
            raise Unreadable(says, "Write the issuer exactly as the provider calls itself.")
        places = [said.get(f"{name}_endpoint") for name in ("authorization", "token", "userinfo")]
        authorize, token, keys = places[0], places[1], said.get("jwks_uri")
        userinfo = places[2] if isinstance(places[2], str) and not self.unfit(places[2]) else ""
        for name, place in (("authorization_endpoint", authorize), ("token_endpoint", token), ("jwks_uri", keys)):
            if not isinstance(place, str) or self.unfit(place):
                raise Unreadable(f"The discovery document has no address that can be used as `{name}`.")
        assert isinstance(authorize, str)
        assert isinstance(token, str)
        assert isinstance(keys, str)
        flows = _texts(said.get("response_types_supported")) or ("code",)
        if "code" not in flows:
            raise Unreadable("The provider does not offer the authorization code flow.")
        methods = _texts(said.get("token_endpoint_auth_methods_supported")) or ("client_secret_basic",)
        algorithms = _texts(said.get("id_token_signing_alg_values_supported"))
        return Provider(named, authorize, token, keys, userinfo, methods, algorithms)

    def unfit(self, url: str) -> str:
        """Say why an address can't be a provider's, or "": it begins with https://, in the open networks of this house http:// will do."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            return "This is no web address."
        if not host or parts.username is not None or parts.password is not None or parts.fragment or len(url) > 500:
            return "This is no web address."
        if parts.scheme == "https" or (parts.scheme == "http" and self._is_of_this_house(host)):
            return ""
        return "The address begins with https://."

    def _is_of_this_house(self, host: str) -> bool:
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return any(address in ip_network(network) for network in self._networks)


def _object(reply: Reply) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _put(kept: dict[str, tuple[float, Any]], name: str, found: Any) -> None:
    if len(kept) >= _MOST:
        kept.clear()
    kept[name] = (time.monotonic(), found)


_REFUSED: Final[dict[str, tuple[str, str]]] = {
    "invalid_client": (
        "does not know this client, or the secret is wrong",
        "Look at client id and secret under Settings.",
    ),
    "invalid_grant": ("did not take the code: it was used already, or is too old", "Begin to sign in again."),
    "unauthorized_client": ("does not let this client sign people in", "The client needs the authorization code flow."),
    "invalid_request": (
        "did not understand the request",
        "The redirect address there has to be the one shown under Settings.",
    ),
    "unsupported_grant_type": ("does not offer the authorization code flow", ""),
}
