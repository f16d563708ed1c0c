"""The guarded way out: what it refuses, on whichever road, and what it connects to."""

import asyncio
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.channels.servers.http import Request, Response, serving
from tidings.channels.exchange import NotAnswered, NotSent, Reply, Unfit, exchange
from tidings.channels.guard import Guard, judge, pool, resolve

OPEN = Guard(allow=("127.0.0.0/8",))


async def get(url: str, guard: Guard = OPEN, **options: object) -> Reply:
    async with pool(guard) as connections:
        return await exchange(connections, "GET", url, {}, **options)  # type: ignore[arg-type]


FORBIDDEN = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::1",
    "100::1",
]


@pytest.mark.parametrize("text", FORBIDDEN)
def test_an_address_that_is_not_public_is_refused(text: str) -> None:
    assert judge(ip_address(text))


@pytest.mark.parametrize(
    "text", ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_a_public_address_is_let_through(text: str) -> None:
    assert judge(ip_address(text)) == ""


@given(st.ip_addresses(v=4))
def test_no_costume_helps(inner: IPv4Address) -> None:
    number = int(inner)
    for outer in (0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80 | 1):
        if judge(inner):
            assert judge(IPv6Address(outer))


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_what_pythons_registry_calls_private_is_refused(address: IPv4Address | IPv6Address) -> None:
    if (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
    ):
        assert judge(address) or (isinstance(address, IPv6Address) and not address.is_private)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "0", "0x7f.1", "2130706433", "017700000001", "[::1]", "[::ffff:127.0.0.1]", "127.1"],
)
async def test_a_server_of_this_machine_is_not_reached(host: str) -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        return Response()

    async with serving(answer, "127.0.0.1") as url:
        with pytest.raises((Unfit, NotSent)) as refused:
            await get(f"http://{host}:{url.rpartition(':')[2]}/", Guard())
    assert asked == []
    if host in ("127.0.0.1", "localhost", "2130706433"):
        assert isinstance(refused.value, Unfit)


async def test_a_name_is_asked_once_and_its_judged_address_used() -> None:
    """The name's owner answers with a public address first and with ours afterwards: the second answer is never asked for."""
    answers = [["127.0.0.1"], ["169.254.169.254"], ["10.0.0.1"]]
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    seen: list[str] = []

    def answer(request: Request) -> Response:
        seen.append(request.headers["host"])
        return Response(200, b"hello")

    async with serving(answer) as url:
        port = url.rpartition(":")[2]
        reply = await get(f"http://hook.example.com:{port}/", Guard(("127.0.0.1/32",), rebinding))
    assert (reply.status, reply.body) == (200, b"hello")
    assert seen == [f"hook.example.com:{port}"]
    assert asked == ["hook.example.com"]


async def test_only_the_permitted_ones_of_several_addresses_are_tried() -> None:
    async def several(host: str, port: int) -> Sequence[str]:
        return ["169.254.169.254", "10.0.0.1", "127.0.0.1"]

    async with serving(lambda request: Response(204)) as url:
        reply = await get(f"http://hook.example.com:{url.rpartition(':')[2]}/", Guard(("127.0.0.1/32",), several))
    assert reply.status == 204


async def test_a_redirect_to_a_forbidden_address_is_refused() -> None:
    async def named(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"] if host == "hook.example.com" else await resolve(host, port)

    for target in ("http://169.254.169.254/latest/meta-data", "http://[::ffff:10.0.0.1]/", "http://127.0.0.2/"):
        answer = Response(307, headers={"Location": target})
        async with serving(lambda request, answer=answer: answer) as url:  # type: ignore[misc]
            address = f"http://hook.example.com:{url.rpartition(':')[2]}/"
            with pytest.raises(Unfit, match="may not be reached"):
                await get(address, Guard(("127.0.0.1/32",), named), redirects=3)


@pytest.mark.parametrize("target", ["http://[", "https://[::1", "http://example.com:99999/", "http://exa mple.com/"])
async def test_a_redirect_to_what_is_no_address_is_refused(target: str) -> None:
    async with serving(lambda request: Response(307, headers={"Location": target})) as url:
        with pytest.raises(Unfit):
            await get(url, redirects=3)


async def test_redirects_end() -> None:
    async with serving(lambda request: Response(308, headers={"Location": "/again"})) as url:
        with pytest.raises(Unfit, match="more than 3 times"):
            await get(url, redirects=3)
        with pytest.raises(Unfit, match="not followed"):
            await get(url)


async def test_other_schemes_and_logins_are_refused() -> None:
    for url in (
        "ftp://example.com/",
        "file:///etc/passwd",
        "http://",
        "gopher://x",
        "https://user:pass@example.com/",
        "no url",
        "http://exa mple.com/",
        "http://[::1",
        "http://example.com:0/",
        "http://example.com:65536/",
        "",
    ):
        with pytest.raises(Unfit) as refused:
            await get(url)
        assert "pass" not in str(refused.value).replace("password", "")


async def test_a_name_without_an_address() -> None:
    async def nothing(host: str, port: int) -> Sequence[str]:
        raise OSError("unknown")

    with pytest.raises(NotSent, match="has no address"):
        await get("http://nowhere.example/", Guard(resolve=nothing))


async def test_a_resolver_that_hangs() -> None:
    async def hanging(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(NotSent):
        await get("http://nowhere.example/", Guard(resolve=hanging, connect=0.1))


async def test_an_endless_answer_is_cut() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"
    async with serving(lambda request: Response(raw=head + b"x" * 300_000)) as url:
        reply = await get(url, limit=1000)
    assert (reply.status, len(reply.body), reply.cut) == (200, 1000, True)


async def test_an_answer_that_drips_keeps_its_status() -> None:
    """The head came, the rest never does: what the server did is known all the same."""
    stop = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 202 OK\r\nContent-Length: 1000\r\n\r\nx")
        await stop.wait()
        writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    try:
        reply = await get(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", seconds=0.3)
    finally:
        stop.set()
        server.close()
    assert (reply.status, reply.cut) == (202, True)


async def test_no_answer_in_time() -> None:
    async with serving(lambda request: Response(silent=True)) as url:
        with pytest.raises(NotAnswered):
            await get(url, seconds=0.2)


async def test_no_socket_of_this_machine() -> None:
    async with httpcore.AsyncConnectionPool(
        network_backend=pool(Guard())._network_backend, uds="/run/x"
    ) as connections:
        with pytest.raises(httpcore.ConnectError):
            await connections.request("GET", "http://example.com/")


def test_the_operators_list_is_checked() -> None:
    with pytest.raises(ValueError, match="not-a-network"):
        Guard(("not-a-network",))
    assert Guard(("10.0.0.0/8",)).permits("10.1.2.3") == ""
    assert Guard(("10.0.0.0/8",)).permits("192.168.0.1")
