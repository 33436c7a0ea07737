"""Large bodies pass through the router without staying in it: its memory is flat however many and large they are."""

import asyncio
import hashlib

import psutil
import pytest

from retailctl.emulator.router.client import RouterClient
from tests.emulator.router.conftest import table
from tests.emulator.router.containers import Container, Received
from tests.emulator.router.wire import Wire, wire
from tests.emulator.waiting import until

pytestmark = pytest.mark.anyio
SIZE = 10 * 2**20
AT_ONCE = 8
BODY = bytes(range(256)) * (SIZE // 256)
PIECE = 256 * 1024
ALLOWED = 24 * 2**20  # a router that keeps bodies would hold 80 MiB

ECHO_HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % SIZE


@pytest.fixture
def memory(own_router: RouterClient) -> psutil.Process:
    """The router's process."""
    return psutil.Process(own_router.pid)


async def uploaded(router: RouterClient, framing: str) -> bytes:
    """Send the body as it is taken; the answer's body."""
    async with wire(router) as caller:
        caller.request("POST /shop/score", framing)
        for start in range(0, SIZE, PIECE):
            part = BODY[start : start + PIECE]
            caller.send("", part if "Length" in framing else b"%x\r\n%b\r\n" % (len(part), part))
            await caller.writer.drain()
        if "Length" not in framing:
            caller.send("", b"0\r\n\r\n")
        return (await caller.answer())[2]


async def settled(process: psutil.Process) -> int:
    """Resident bytes once nothing moves any more."""
    before, now = -1, 0
    while now != before:
        before = now
        await asyncio.sleep(0.3)
        now = process.memory_info().rss
    return now


@pytest.mark.parametrize("framing", [f"Content-Length: {SIZE}", "Transfer-Encoding: chunked"])
async def test_uploads_that_the_container_does_not_take_yet_stay_with_their_callers(
    own_router: RouterClient, blue: Container, memory: psutil.Process, framing: str
) -> None:
    reading = asyncio.Event()

    async def wait(_: Received, __: asyncio.StreamWriter) -> None:
        await reading.wait()

    await own_router.apply(table(blue, timeout_ms=60_000))
    assert await uploaded(own_router, framing) == b"ok"
    blue.requests.clear()
    idle = await settled(memory)
    blue.on_head = wait
    uploads = [asyncio.create_task(uploaded(own_router, framing)) for _ in range(AT_ONCE)]
    await until(lambda: blue.connections >= AT_ONCE, "the uploads to begin")
    assert await settled(memory) - idle < ALLOWED
    reading.set()
    assert await asyncio.gather(*uploads) == [b"ok"] * AT_ONCE
    assert {hashlib.sha256(seen.body).digest() for seen in blue.requests} == {hashlib.sha256(BODY).digest()}
    assert await settled(memory) - idle < ALLOWED


async def test_answers_that_their_callers_do_not_take_yet_stay_with_the_container(
    own_router: RouterClient, blue: Container, memory: psutil.Process
) -> None:
    async def large(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(ECHO_HEAD)
        for start in range(0, SIZE, PIECE):
            writer.write(BODY[start : start + PIECE])
            await writer.drain()

    blue.answer = large
    await own_router.apply(table(blue, timeout_ms=60_000))
    async with wire(own_router) as caller:
        caller.request("GET /shop/score")
        assert (await caller.answer())[2] == BODY
    idle = await settled(memory)
    held = [await stalled(own_router) for _ in range(AT_ONCE)]
    assert await settled(memory) - idle < ALLOWED
    for caller in held:
        caller.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert (await caller.answer())[2] == BODY
        caller.writer.close()


async def stalled(router: RouterClient) -> Wire:
    """A caller that has asked and reads nothing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", router.port, limit=2 * SIZE)
    caller = Wire(reader, writer)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    caller.request("GET /shop/score")
    return caller


async def test_many_large_bodies_both_ways_leave_nothing_behind(
    own_router: RouterClient, blue: Container, memory: psutil.Process
) -> None:
    async def echo(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(ECHO_HEAD + request.body)
        await writer.drain()
        blue.requests.clear()

    blue.answer = echo
    await own_router.apply(table(blue, timeout_ms=60_000))
    assert await uploaded(own_router, f"Content-Length: {SIZE}") == BODY
    idle = await settled(memory)
    for _ in range(6):
        answers = await asyncio.gather(*(uploaded(own_router, f"Content-Length: {SIZE}") for _ in range(4)))
        assert all(answer == BODY for answer in answers)
    assert await settled(memory) - idle < ALLOWED
