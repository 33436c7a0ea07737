"""A container and a client that cost as little as possible, so that what is measured is what lies between them.

python tests/benchmarks/router_load.py serve     # prints its port, answers every request alike
"""

import asyncio
import statistics
import sys
import time
from dataclasses import dataclass

import uvloop

BODY = b'{"series":[{"store_id":"CA_1","item_id":"FOODS_3_090"}],"horizon":28}'
_ANSWER_BODY = b'{"forecasts":[' + b"1.25," * 28 + b"1.25]}"
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nserver: uvicorn\r\ncontent-length: %d\r\n\r\n"
ANSWER = _HEAD % len(_ANSWER_BODY) + _ANSWER_BODY


@dataclass(frozen=True)
class Load:
    """What a number of clients in a closed loop saw; times in milliseconds."""

    requests_per_s: float
    p50_ms: float
    p99_ms: float
    failed: int


class _Container(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._wanted = 0
        self._data = b""

    def data_received(self, data: bytes) -> None:
        """Requests come whole or in two parts: a head, and a body whose length is known."""
        self._data += data
        end = self._data.find(b"\r\n\r\n")
        if end >= 0 and len(self._data) >= end + 4 + len(BODY):
            self._data = b""
            self._transport.write(ANSWER)  # type: ignore[attr-defined]


class _Client(asyncio.Protocol):
    """Sends the next request when an answer is complete."""

    def __init__(self, request: bytes, until: float, done: "asyncio.Future[None]") -> None:
        self.latencies: list[float] = []
        self.failed = 0
        self._request = request
        self._until = until
        self._done = done
        self._data = b""
        self._length = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self.failed += 1
            self._done.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._data += data
        if not self._length:
            end = self._data.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._data[:end].lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            self._length = end + 4 + length
        if len(self._data) >= self._length:
            self._answered()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._request)  # type: ignore[attr-defined]

    def _answered(self) -> None:
        now = time.perf_counter()
        self.latencies.append((now - self._sent) * 1000)
        self.failed += not self._data.startswith(b"HTTP/1.1 200")
        self._data, self._length = b"", 0
        if now < self._until:
            self._send()
        else:
            self._done.set_result(None)
            self._transport.close()


async def measure(port: int, path: str, clients: int, seconds: float) -> Load:
    """Closed-loop clients, one connection each, on 127.0.0.1."""
    loop = asyncio.get_running_loop()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: load\r\nAccept: */*\r\n"
    head += f"Content-Type: application/json\r\nAuthorization: Bearer key\r\nContent-Length: {len(BODY)}\r\n\r\n"
    began = time.perf_counter()
    protocols, ends = [], []
    for _ in range(clients):
        done: asyncio.Future[None] = loop.create_future()
        client = _Client(head.encode() + BODY, began + seconds, done)
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)  # type: ignore[misc]
        protocols.append(client)
        ends.append(done)
    await asyncio.gather(*ends)
    elapsed = time.perf_counter() - began
    latencies = sorted(latency for client in protocols for latency in client.latencies)
    cuts = statistics.quantiles(latencies, n=100)
    return Load(len(latencies) / elapsed, cuts[49], cuts[98], sum(client.failed for client in protocols))


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Container, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve())
