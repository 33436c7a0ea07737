"""Requests that are wrong, too large or too slow, against a router with short patience."""

import asyncio
import socket

import pytest

from retailctl.emulator.router.client import RouterClient
from retailctl.emulator.router.limits import Limits
from tests.emulator.router.conftest import table
from tests.emulator.router.containers import Container, Flood
from tests.emulator.router.wire import wire

pytestmark = pytest.mark.anyio
HOST = "Host: localhost\nAuthorization: Bearer first-key\n"


@pytest.fixture(scope="module")
def limits() -> Limits:
    """Parts of a second where the defaults are many."""
    return Limits(
        head_s=0.1,
        body_stall_s=0.3,
        body_s=5.0,
        idle_s=1.0,
        write_stall_s=0.2,
        body_bytes=20_000_000,
        connections=50,
    )


@pytest.mark.parametrize(
    "text",
    [
        "nonsense\n\n",
        "GET\n\n",
        f"FETCH /shop/score HTTP/1.1\n{HOST}\n",
        f"GET /shop/score HTTP/9.9\n{HOST}\n",
        f"GET /shop/score HTTP/1.1\n{HOST}Bad Name: x\n\n",
        f"GET /shop/score HTTP/1.1\n{HOST}X: a\x00b\n\n",
        f"POST /shop/score HTTP/1.1\n{HOST}Content-Length: -1\n\n",
        f"POST /shop/score HTTP/1.1\n{HOST}Content-Length: 1x\n\n",
        f"POST /shop/score HTTP/1.1\n{HOST}Content-Length: 1\nContent-Length: 2\n\nab",
        f"POST /shop/score HTTP/1.1\n{HOST}Content-Length: 3\nTransfer-Encoding: chunked\n\n0\n\n",
        f"POST /shop/score HTTP/1.1\n{HOST}Transfer-Encoding: chunked\n\nZZ\n",
        "GET /shop/score HTTP/1.1\nAuthorization: Bearer first-key\n\n",
        f"CONNECT localhost:80 HTTP/1.1\n{HOST}\n",
        "PRI * HTTP/2.0\n\nSM\n\n",
    ],
)
async def test_what_is_not_http_gets_400_and_the_end(router: RouterClient, blue: Container, text: str) -> None:
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.send(text)
        status, _, _ = await caller.answer()
        assert status == 400
        assert await caller.closed()
    assert not blue.requests


async def test_nonsense_after_requests_leaves_their_answers_alone(router: RouterClient, blue: Container) -> None:
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.request("GET /shop/score")
        caller.request("GET /shop/score")
        caller.send("nonsense\n\n")
        assert [(await caller.answer())[0] for _ in range(2)] == [200, 200]
        assert await caller.closed()


async def test_a_broken_chunk_ends_a_request_that_is_under_way(router: RouterClient, blue: Container) -> None:
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.request("POST /shop/score", "Transfer-Encoding: chunked", body=b"3\r\nabc\r\n")
        await asyncio.sleep(0.05)
        caller.send("nonsense\n")
        assert (await caller.answer())[0] == 400
        assert await caller.closed()


async def test_a_head_without_end_is_refused(router: RouterClient) -> None:
    async with wire(router) as caller:
        caller.send("GET /shop/score HTTP/1.1\nX: " + "x" * 600_000)
        status, _ = await caller.head()
        assert status == 431


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_above_the_limit_is_refused(router: RouterClient, blue: Container, announced: bool) -> None:
    await router.apply(table(blue))
    chunk = b"1400000\r\n" + bytes(0x1400000)
    async with wire(router) as caller:
        if announced:
            caller.request("POST /shop/score", "Content-Length: 20000001")
        else:
            caller.request("POST /shop/score", "Transfer-Encoding: chunked", body=chunk)
        assert (await caller.answer())[0] == 413
        assert await caller.closed()


@pytest.mark.parametrize("started", ["G", f"GET /shop/score HTTP/1.1\n{HOST}"])
async def test_a_head_that_does_not_end_gets_408(router: RouterClient, started: str) -> None:
    async with wire(router) as caller:
        caller.send(started)
        status, _, _ = await caller.answer()
        assert status == 408
        assert await caller.closed()


async def test_dripping_bytes_do_not_extend_the_time_for_a_head(router: RouterClient) -> None:
    async with wire(router) as caller:
        caller.send("GET /shop/score HTTP/1.1\n")

        async def drip() -> None:
            while True:
                caller.send("X: y\n")
                await asyncio.sleep(0.02)

        dripping = asyncio.create_task(drip())
        assert (await caller.head())[0] == 408
        dripping.cancel()


@pytest.mark.parametrize("length", [10, 100_000])
async def test_a_body_that_does_not_come_gets_408(router: RouterClient, blue: Container, length: int) -> None:
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.request("POST /shop/score", f"Content-Length: {length}", body=b"abc")
        status, _, _ = await caller.answer()
        assert status == 408
        assert await caller.closed()
    assert not blue.requests


async def test_a_container_that_reads_slowly_is_not_held_against_the_caller(
    router: RouterClient, blue: Container
) -> None:
    async def later(_: object, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.9)  # several times what a caller may stall

    blue.on_head = later
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.request("POST /shop/score", "Content-Length: 15000000", body=bytes(15_000_000))
        assert (await caller.answer())[0] == 200
    assert len(blue.requests[0].body) == 15_000_000


async def test_slow_callers_hold_no_place_of_others(router: RouterClient, blue: Container) -> None:
    await router.apply(table(blue, max_concurrent=1))
    async with wire(router) as first, wire(router) as second, wire(router) as third:
        for slow in (first, second):
            slow.request("POST /shop/score", "Content-Length: 10", body=b"abc")
        third.request("GET /shop/score")
        assert (await third.answer())[0] == 200


async def test_an_idle_connection_is_closed_quietly(router: RouterClient, blue: Container) -> None:
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.request("GET /shop/score")
        assert (await caller.answer())[0] == 200
        assert await caller.closed()


async def test_a_caller_that_does_not_read_is_cut_off(router: RouterClient, blue: Container) -> None:
    blue.answer = Flood()
    await router.apply(table(blue))
    with socket.create_connection(("127.0.0.1", router.port)) as caller:
        caller.sendall(f"GET /shop/score HTTP/1.1\r\n{HOST}\r\n".replace("\n", "\r\n").replace("\r\r", "\r").encode())
        while not blue.hang_ups:
            await asyncio.sleep(0.02)
    assert await router.inflight("shop", "blue") == 0


async def test_more_connections_than_allowed_are_closed(router: RouterClient, blue: Container) -> None:
    await router.apply(table(blue))
    opened = [await asyncio.open_connection("127.0.0.1", router.port) for _ in range(60)]
    try:
        ends = [asyncio.create_task(reader.read(1)) for reader, _ in opened]
        done, _ = await asyncio.wait(ends, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        assert done
    finally:
        for _, writer in opened:
            writer.close()
        await asyncio.gather(*ends, return_exceptions=True)
    async with wire(router) as caller:
        caller.request("GET /shop/score")
        assert (await caller.answer())[0] == 200
