"""Connections that end at the wrong moment, on either side."""

import asyncio

import httpx
import pytest

from retailctl.emulator.router.client import RouterClient
from retailctl.emulator.router.table import EndpointRoute, RouteTable, SlotRoute
from tests.emulator.router.conftest import KEYS, table
from tests.emulator.router.containers import OK, Container, Flood, Received, after, never
from tests.emulator.router.wire import wire
from tests.emulator.waiting import until

pytestmark = pytest.mark.anyio


def one_slot(*containers: Container, count: int = 1) -> RouteTable:
    """A slot with several instances."""
    slot = SlotRoute(tuple(c.address for c in containers), max_concurrent=50, instance_count=count)
    return RouteTable({"shop": EndpointRoute("key", KEYS, {"blue": 100}, {}, {"blue": slot})})


async def test_a_caller_s_hang_up_reaches_the_container(router: RouterClient, blue: Container) -> None:
    blue.answer = never
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.request("GET /shop/score")
        await until(lambda: blue.requests, "the request in the container")
        assert await router.inflight("shop", "blue") == 1
    await until(lambda: blue.hang_ups == 1, "the hang-up in the container")
    assert await router.inflight("shop", "blue") == 0


async def test_a_hang_up_in_the_middle_of_an_upload_reaches_the_container(
    router: RouterClient, blue: Container
) -> None:
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.request("POST /shop/score", "Content-Length: 1000000", body=bytes(300_000))
        await until(lambda: blue.connections, "the upload to begin")
    await until(lambda: blue.hang_ups == 1, "the hang-up in the container")


async def test_a_hang_up_in_the_middle_of_an_answer_reaches_the_container(
    router: RouterClient, blue: Container
) -> None:
    async def endless(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"5\r\nhello\r\n")
            await writer.drain()
            await asyncio.sleep(0.005)

    blue.answer = endless
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.request("GET /shop/score")
        await caller.head()
    await until(lambda: blue.hang_ups == 1, "the hang-up in the container")


async def test_an_answer_cut_short_is_cut_short_for_the_caller(router: RouterClient, blue: Container) -> None:
    async def cut(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this")
        await writer.drain()
        writer.close()

    blue.answer = cut
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.request("GET /shop/score")
        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
            await caller.answer()


async def test_a_container_that_hangs_up_without_an_answer_is_424(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    async def hang_up(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.close()

    blue.answer = hang_up
    await router.apply(table(blue))
    response = await caller.post("/shop/score", content=b"{}")
    assert response.status_code == 424
    assert response.headers["ms-azureml-model-error-statuscode"] == "503"
    assert len(blue.requests) == 1


async def test_a_kept_alive_connection_that_was_just_closed_costs_no_request(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    """The container closes when it sees the second request: the race of every idle time-out, made certain."""
    turns = 0

    async def every_other(_: Received, writer: asyncio.StreamWriter) -> None:
        nonlocal turns
        turns += 1
        if turns % 2:
            writer.write(OK)
        else:
            writer.transport.abort()

    blue.answer = every_other
    await router.apply(table(blue))
    for number in range(10):
        response = await caller.post("/shop/score", content=b"{}")
        assert response.status_code == 200, number


async def test_idle_connections_that_the_container_closes_cost_no_request(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    await router.apply(table(blue))
    for _ in range(10):
        assert (await caller.post("/shop/score", content=b"{}")).status_code == 200
        blue.cut()


async def test_an_instance_that_is_gone_is_passed_over(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, green: Container
) -> None:
    await router.apply(one_slot(blue, green))
    assert (await caller.get("/shop/score")).status_code == 200
    await blue.stop()
    statuses = [(await caller.post("/shop/score", content=bytes(size))).status_code for size in (0, 10, 100_000) * 4]
    assert statuses == [200] * 12


async def test_requests_go_to_the_instance_with_the_fewest(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, green: Container
) -> None:
    released = asyncio.Event()
    blue.answer = green.answer = after(released)
    await router.apply(one_slot(blue, green))
    pending = [asyncio.create_task(caller.get("/shop/score")) for _ in range(10)]
    await until(lambda: len(blue.requests) + len(green.requests) == 10, "all requests in the containers")
    assert (len(blue.requests), len(green.requests)) == (5, 5)
    released.set()
    await asyncio.gather(*pending)


async def test_a_slow_caller_slows_the_container_down(router: RouterClient, blue: Container) -> None:
    blue.answer = flood = Flood()
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.writer.transport.pause_reading()  # type: ignore[attr-defined]
        caller.request("GET /shop/score")
        await until(lambda: flood.written > 100_000, "the answer to begin")
        before = -1
        while flood.written != before:
            before = flood.written
            await asyncio.sleep(0.3)
        assert flood.written < 50_000_000  # what sockets and buffers hold, not the answer


async def test_a_slow_container_slows_the_caller_down(router: RouterClient, blue: Container) -> None:
    reading = asyncio.Event()

    async def wait(_: Received, __: asyncio.StreamWriter) -> None:
        await reading.wait()

    blue.on_head = wait
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.request("POST /shop/score", "Content-Length: 60000000")
        sent = 0
        while sent < 60_000_000:
            caller.send("", bytes(1_000_000))
            try:
                await asyncio.wait_for(caller.writer.drain(), 0.5)
            except TimeoutError:
                break
            sent += 1_000_000
        assert sent < 50_000_000
        reading.set()
        caller.send("", bytes(59_000_000 - sent))
        assert (await caller.answer())[0] == 200
    assert len(blue.requests[0].body) == 60_000_000
