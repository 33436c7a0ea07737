"""Clients in a closed loop: each keeps its connection and sends the next request when its answer is complete.

Bare protocols on uvloop, so that they cost as little as possible beside what is measured.
"""

from __future__ import annotations

import asyncio
import ssl
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle


@dataclass(frozen=True, slots=True)
class Load:
    """What the clients saw; times in milliseconds."""

    requests_per_s: float
    p50_ms: float
    p99_ms: float
    answered: int
    failed: int
    failure: str
    """The first answer that was none of 200, 201 and 202; '' when all were."""


class _Client(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], until: float, done: asyncio.Future[None]) -> None:
        self.latencies: list[float] = []
        self.failures: list[str] = []
        self._requests = requests
        self._until = until
        self._done = done
        self._head = b""
        self._left = -1
        """Bytes of the body that are still to come; -1 while the head is not whole."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self.failures.append(f"the connection ended: {exc}")
            self._done.set_result(None)

    def data_received(self, data: bytes) -> None:
        if self._left < 0:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            length = self._head[:end].lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            self._left = end + 4 + int(length) - len(self._head)
        else:
            self._left -= len(data)
        if not self._left:
            self._answered()

    def _answered(self) -> None:
        now = time.perf_counter()
        self.latencies.append((now - self._sent) * 1000)
        if self._head[9:12] not in (b"200", b"201", b"202"):
            self.failures.append(self._head[:300].decode(errors="replace"))
        self._head, self._left = b"", -1
        if now < self._until:
            self._send()
        else:
            self._end()

    def _send(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._end()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)  # type: ignore[attr-defined]

    def _end(self) -> None:
        self._done.set_result(None)
        self._transport.close()


async def measure(
    port: int, requests: Sequence[bytes], clients: int, seconds: float, tls: ssl.SSLContext | None = None
) -> Load:
    """Clients that share the requests, which come around again, for some seconds; on 127.0.0.1."""
    return await send(port, cycle(requests), clients, seconds, tls)


async def send(
    port: int, requests: Iterable[bytes], clients: int, seconds: float = 3600.0, tls: ssl.SSLContext | None = None
) -> Load:
    """The same with requests that are sent once each; ends with the last of them, or with the time."""
    loop = asyncio.get_running_loop()
    shared = iter(requests)
    began = time.perf_counter()
    protocols, ends = [], []
    for _ in range(clients):
        done: asyncio.Future[None] = loop.create_future()
        client = _Client(shared, began + seconds, done)
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port, ssl=tls)  # type: ignore[misc]
        protocols.append(client)
        ends.append(done)
    await asyncio.gather(*ends)
    elapsed = time.perf_counter() - began
    latencies = sorted(latency for client in protocols for latency in client.latencies)
    cuts = statistics.quantiles(latencies, n=100)
    failures = [failure for client in protocols for failure in client.failures]
    return Load(len(latencies) / elapsed, cuts[49], cuts[98], len(latencies), len(failures), (failures or [""])[0])
