"""A container that costs as little as possible: it reads a request and answers it, saying its own port.

    python tests/benchmarks/router_container.py     # prints its port

What is sent to `/large` is answered with 10 MB, any other request with the same few bytes.
"""

import asyncio
import sys

import uvloop

LARGE_BYTES = 10_000_000
PORT_FIELD = "x-container"
_BODY = b'{"forecasts":[' + b"1.25," * 28 + b"1.25]}"
_HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nserver: uvicorn\r\n" + PORT_FIELD + ": {}\r\n"


class _Container(asyncio.Protocol):
    _answers: tuple[bytes, bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._head = b""
        self._left = 0
        if self._answers is None:
            head = _HEAD.format(transport.get_extra_info("sockname")[1]).encode()
            small, large = (head + b"content-length: %d\r\n\r\n" % size for size in (len(_BODY), LARGE_BYTES))
            _Container._answers = (small + _BODY, large + b"x" * LARGE_BYTES)

    def data_received(self, data: bytes) -> None:
        """Requests come one at a time, with the length of their body."""
        if not self._left:
            self._head += data
            head, end, data = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            self._head = b""
            self._left = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            self._large = head.startswith(b"POST /large")
        self._left -= len(data)
        if not self._left:
            assert self._answers is not None
            self._transport.write(self._answers[self._large])  # type: ignore[attr-defined]


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Container, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve())
