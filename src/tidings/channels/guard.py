"""The guarded way out: HTTP to addresses that customers wrote, without letting them reach what only this machine can reach.

A name is resolved once, each of its addresses is judged, and the connection is made to the very address that was judged: a name
server that answers differently the second time (DNS rebinding) is never asked a second time. TLS still verifies the name.
Every connection passes here, those to which a redirect leads included, because the check is where connections are made.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final, TypeAlias

import httpcore

Address: TypeAlias = IPv4Address | IPv6Address
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]

_NETWORKS: Final = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # this network; Linux takes 0.0.0.0 for loopback
            "10.0.0.0/8",
            "100.64.0.0/10",  # carrier-grade NAT; some clouds keep their metadata in it (100.100.100.200)
            "127.0.0.0/8",
            "169.254.0.0/16",  # link-local; metadata of most clouds
            "168.63.129.16/32",  # public by its number, but answered by the host of a virtual machine (Azure)
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/128",
            "::1/128",
            "64:ff9b:1::/48",  # NAT64 of a local network: which IPv4 is behind it is that network's own choice
            "100::/64",
            "2001::/23",  # protocol assignments, Teredo among them
            "2001:db8::/32",
            "3fff::/20",
            "5f00::/16",
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8",
        ),
    )
)
"""What IANA's special-purpose registries do not call globally reachable."""
_EMBEDDING: Final = (
    # network that carries an IPv4 address, and by how many bits that address stands left of the end
    (IPv6Network("::ffff:0:0/96"), 0),  # IPv4-mapped
    (IPv6Network("::ffff:0:0:0/96"), 0),  # IPv4-translated
    (IPv6Network("::/96"), 0),  # IPv4-compatible
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64
    (IPv6Network("2002::/16"), 80),  # 6to4
)


class Forbidden(httpcore.ConnectError):
    """The address may not be reached from here."""


def judge(address: Address) -> str:
    """Say why an address may not be reached, or ""."""
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return f"{address} is bound to one network"
        for network in _NETWORKS:
            if address in network:
                return f"{address} is in {network}"
        for network, shift in _EMBEDDING:
            if address in network:
                inner = IPv4Address(int(address) >> shift & 0xFFFF_FFFF)
                return f"{address} stands for {why}" if (why := judge(inner)) else ""
        return ""
    for network in _NETWORKS:
        if address in network:
            return f"{address} is in {network}"
    return ""


async def resolve(host: str, port: int) -> list[str]:
    """Ask the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


@dataclass(frozen=True)
class Guard:
    """Which addresses may be reached: all public ones, and those of ``allow`` (networks the operator opened, such as ``10.1.0.0/16``).

    ``connect``: seconds to wait for a connection. ``opened_by``: the setting that opens more, which a refusal names.
    """

    allow: tuple[str, ...] = ()
    resolve: Resolve = field(default=resolve, repr=False)
    connect: float = 10.0
    opened_by: str = ""

    def __post_init__(self) -> None:
        for network in self.allow:
            ip_network(network)  # raises ValueError with what is wrong

    def permits(self, text: str) -> str:
        """Say why the address may not be reached, or ""."""
        address = ip_address(text)
        if any(address in ip_network(network) for network in self.allow):
            return ""
        return judge(address)

    async def addresses(self, host: str, port: int) -> list[str]:
        """Resolve a host to the addresses that may be reached; raises `Forbidden`, or ConnectError where there are none at all."""
        try:
            found = list(dict.fromkeys(await self.resolve(host, port)))
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} has no address ({type(error).__name__})") from None
        if not found:
            raise httpcore.ConnectError(f"{host} has no address")
        verdicts = {address: self.permits(address) for address in found}
        permitted = [address for address, why in verdicts.items() if not why]
        if not permitted:
            hint = f"; a server inside your network needs {self.opened_by}" if self.opened_by else ""
            raise Forbidden(f"{host} may not be reached: {next(iter(verdicts.values()))}{hint}")
        return permitted


class Backend(httpcore.AsyncNetworkBackend):
    """Makes httpcore's connections, to judged addresses only."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's own signature)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        patience = self._guard.connect if timeout is None else min(timeout, self._guard.connect)
        try:
            async with asyncio.timeout(patience):
                return await self._connect(host, port, patience, local_address, socket_options)
        except TimeoutError:
            raise httpcore.ConnectTimeout(f"{host} did not answer within {patience:g} s") from None

    async def _connect(
        self, host: str, port: int, patience: float, local_address: str | None, socket_options: Iterable[Any] | None
    ) -> httpcore.AsyncNetworkStream:
        failed: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in await self._guard.addresses(host, port):
            try:
                return await self._inner.connect_tcp(address, port, patience, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise Forbidden("sockets of this machine may not be reached")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


def pool(guard: Guard, *, connections: int = 20, context: ssl.SSLContext | None = None) -> httpcore.AsyncConnectionPool:
    """Open a pool of guarded connections; an idle one is closed soon, before the other side would close it under a request."""
    return httpcore.AsyncConnectionPool(
        ssl_context=context,
        max_connections=connections,
        max_keepalive_connections=connections,
        keepalive_expiry=5,
        network_backend=Backend(guard),
    )
