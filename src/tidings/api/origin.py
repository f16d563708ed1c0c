"""Where a request comes from: the address of who made it, seen past the web servers before this one."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from tidings.api.http import Scope

Address = IPv4Address | IPv6Address


class Origins:
    """``proxies``: networks whose ``X-Forwarded-For`` is believed. What anybody else says of himself there is not."""

    def __init__(self, proxies: Iterable[str]) -> None:
        self._proxies = [ip_network(network) for network in proxies]

    def of(self, scope: Scope) -> str:
        """Give whose requests these are: an address, of IPv6 its network of 64 bits, which one household or server has; "" unknown."""
        address = self._first(scope)
        if isinstance(address, IPv6Address):
            return str(ip_network((int(address) >> 64 << 64, 64)))
        return "" if address is None else str(address)

    def is_here(self, scope: Scope) -> bool:
        """Whether it was made on this machine."""
        address = self._first(scope)
        return address is not None and address.is_loopback

    def _first(self, scope: Scope) -> Address | None:
        client = scope.get("client")
        found = _read(client[0]) if client else None
        said = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        for hop in reversed(said.decode("latin-1").split(",")) if said else ():
            if found is None or not any(found in network for network in self._proxies):
                break
            found = _read(hop.strip())
        return found


def _read(text: str) -> Address | None:
    try:
        found = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
