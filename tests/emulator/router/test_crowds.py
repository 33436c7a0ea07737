"""More connections than the router takes: who waits makes room, and when nobody waits, the newcomer is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from retailctl.emulator.router.client import RouterClient
from retailctl.emulator.router.limits import Limits
from tests.emulator.router.conftest import table
from tests.emulator.router.containers import Container, after
from tests.emulator.router.wire import Wire, wire
from tests.emulator.waiting import until

pytestmark = pytest.mark.anyio
MOST = 32


@pytest.fixture(scope="module")
def limits() -> Limits:
    return Limits(connections=MOST)


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def opened(stack: AsyncExitStack, router: RouterClient, number: int, sent: str = "") -> list[Wire]:
    """Connections that the router has taken, one after the other."""
    found = []
    for _ in range(number):
        found.append(await stack.enter_async_context(wire(router)))
        found[-1].send(sent)
    return found


async def asked(wires: list[Wire]) -> list[int]:
    for each in wires:
        each.request("GET /shop/score")
    return [(await each.answer())[0] for each in wires]


@pytest.mark.parametrize("sent", ["", "G", "GET /shop/score HTTP/1.1\nHost: localhost\n"])
async def test_those_that_have_waited_the_longest_make_room(
    router: RouterClient, blue: Container, stack: AsyncExitStack, sent: str
) -> None:
    await router.apply(table(blue))
    waiting = await opened(stack, router, MOST, sent)
    newcomers = await opened(stack, router, 8)
    assert await asked(newcomers) == [200] * 8
    assert all([await each.closed() for each in waiting[:8]])
    assert not any(each.reader.at_eof() for each in waiting[8:])


async def test_a_flood_of_idle_connections_locks_nobody_out(
    router: RouterClient, blue: Container, stack: AsyncExitStack
) -> None:
    await router.apply(table(blue))
    for _ in range(10):
        await opened(stack, router, MOST, "GET / HT")
        async with wire(router) as caller:
            assert await asked([caller]) == [200]


async def test_503_when_every_connection_has_a_request(
    router: RouterClient, blue: Container, stack: AsyncExitStack
) -> None:
    released = asyncio.Event()
    blue.answer = after(released)
    await router.apply(table(blue))
    busy = await opened(stack, router, MOST)
    for each in busy:
        each.request("GET /shop/score")
    await until(lambda: len(blue.requests) == MOST, "requests on every connection")
    async with wire(router) as caller:
        caller.request("GET /shop/score")
        status, fields, body = await caller.answer()
        assert (status, fields["retry-after"], fields["connection"]) == (503, "1", "close")
        assert b"TooManyConnections" in body
        assert await caller.closed()
    flood = await opened(stack, router, 50)
    assert await flood[-1].closed()
    released.set()
    assert [(await each.answer())[0] for each in busy] == [200] * MOST
    for each in flood:
        await each.end()
    async with wire(router) as caller:
        assert await asked([caller]) == [200]
