"""An idle connection may be ended, but never one whose next request has arrived."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import pytest
import uvloop
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from serving.protocol import BoundedProtocol
from serving.refusals import Rules
from serving.responses import send_body
from serving.settings import Settings

REQUEST = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


async def ok(_: Scope, __: Receive, send: Send) -> None:
    await send_body(send, 200, b"{}")


async def receive(client: socket.socket) -> bytes:
    return await asyncio.get_running_loop().sock_recv(client, 1000)


async def idle() -> tuple[BoundedProtocol, socket.socket]:
    """A connection that has been answered once, and its client."""
    rules = Rules(Settings(), lambda *_: None, lambda _: None)
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    client.setblocking(False)
    server.setblocking(False)
    protocol = BoundedProtocol(Config(ok, ws="none", log_config=None), ServerState(), {}, rules=rules)
    await loop.connect_accepted_socket(lambda: protocol, server)
    await loop.sock_sendall(client, REQUEST)
    assert (await receive(client)).startswith(b"HTTP/1.1 200 ")
    return protocol, client


@pytest.mark.parametrize(
    "expire", [BoundedProtocol.timeout_keep_alive_handler, BoundedProtocol._late, BoundedProtocol._close_if_idle]
)
@pytest.mark.parametrize(("sent", "answer"), [(REQUEST, b"HTTP/1.1 200 "), (b"", b"")])
def test_a_connection_that_expires_ends_only_if_nothing_has_arrived(
    expire: Callable[[BoundedProtocol], None], sent: bytes, answer: bytes
) -> None:
    async def scenario() -> None:
        protocol, client = await idle()
        client.send(sent)  # the loop has not looked at the socket since
        expire(protocol)
        assert (await receive(client))[: len(b"HTTP/1.1 200 ")] == answer
        protocol.transport.abort()
        client.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(scenario())
