"""New connections: many at once, none left behind at the end, shared among workers, and no room for more."""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

import uvloop

from serving.accepting import Acceptor
from serving.server import listen
from tests.serving.process import Service, wait_until
from tests.serving.wire import ONE, answered, connected, metric, request

CLIENTS = 20


Scenario = Callable[[Acceptor, list[asyncio.Protocol]], Awaitable[None]]


def accepted(ahead: Callable[[int], bool], scenario: Scenario) -> int:
    """How many of ``CLIENTS`` connections, all there from the start, have a protocol after a scenario."""
    made: list[asyncio.Protocol] = []

    def protocol() -> asyncio.Protocol:
        made.append(asyncio.Protocol())
        return made[-1]

    async def main(listener: socket.socket) -> None:
        await scenario(Acceptor(listener, protocol, ahead), made)

    with ExitStack() as stack:
        listener = stack.enter_context(listen("127.0.0.1", 0, 1.0))
        for _ in range(CLIENTS):
            stack.enter_context(socket.create_connection(listener.getsockname()))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main(listener))
    return len(made)


def test_connections_that_come_together_are_taken_within_a_few_turns() -> None:
    turns: list[int] = []

    async def scenario(acceptor: Acceptor, made: list[asyncio.Protocol]) -> None:
        acceptor.start()
        while len(made) < CLIENTS and len(turns) < CLIENTS:
            turns.append(len(made))
            await asyncio.sleep(0)
        await acceptor.stop()

    assert accepted(lambda _: False, scenario) == CLIENTS
    assert len(turns) <= 5


def test_a_worker_that_is_ahead_takes_what_the_others_leave() -> None:
    async def scenario(acceptor: Acceptor, made: list[asyncio.Protocol]) -> None:
        acceptor.start()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not made
        while len(made) < CLIENTS:
            await asyncio.sleep(0.001)
        await acceptor.stop()

    assert accepted(lambda _: True, scenario) == CLIENTS


def test_a_worker_takes_no_more_than_brings_it_ahead() -> None:
    taken: list[int] = []

    async def scenario(acceptor: Acceptor, made: list[asyncio.Protocol]) -> None:
        acceptor.start()
        for _ in range(3):
            await asyncio.sleep(0)
        taken.append(len(made))
        await acceptor.stop()

    accepted(lambda opening: opening >= 3, scenario)
    assert taken == [3]


def test_connections_that_wait_at_the_end_are_not_cut_off() -> None:
    async def scenario(acceptor: Acceptor, _: list[asyncio.Protocol]) -> None:
        acceptor.start()
        await acceptor.stop()

    assert accepted(lambda _: True, scenario) == CLIENTS


def test_a_process_without_descriptors_says_so_and_serves_on(model_dir: Path) -> None:
    with Service(model_dir, SERVING_DRAIN_SECONDS="0").ready() as service:
        used = len(list(Path(f"/proc/{service.process.pid}/fd").iterdir()))
        with connected(service) as kept, ExitStack() as others:
            kept.sendall(request(ONE))
            assert answered(kept).status == 200
            resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE, (used + 4, used + 4))
            for _ in range(8):
                others.enter_context(connected(service))
            wait_until(lambda: service.logged("connections cannot be accepted"))
            kept.sendall(request(ONE))
            assert answered(kept).status == 200
        assert service.score(ONE).status == 200
        assert metric(service, "retail_connections") == 1
