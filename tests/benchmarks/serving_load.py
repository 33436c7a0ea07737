"""The load generator: a process of its own that puts requests to a server over kept connections.

    python tests/benchmarks/serving_load.py JOB.json     # prints what it saw as one line of JSON

Closed loop: each client sends its next request when its answer is complete. Open loop: requests become due at random
(Poisson) times whatever the server does, and a latency counts from when its request was due, not from when a client
was free to send it, so that a stall is felt by all that it would have held up (no coordinated omission).

Plain sockets and ``select``, whose timeouts are microseconds: asyncio would cost several times as much a request, and
uvloop's timers are milliseconds. Its own share of a processor is part of the result; near 1 it measured itself.
"""

from __future__ import annotations

import gc
import json
import random
import select
import socket
import subprocess
import sys
import tempfile
from array import array
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import cycle
from math import inf
from pathlib import Path
from time import perf_counter, process_time

PATIENCE_S = 30.0
"""How long an answer may take after the last request was sent."""

_MINUTE_S = 60.0
_RECEIVE = 1 << 18


@dataclass(frozen=True, slots=True)
class Job:
    """What to send where."""

    port: int
    path: str
    bodies: str
    """File with one JSON body a line, sent in turn."""
    clients: int
    """Connections; the most requests under way at once."""
    seconds: float
    rate: float = 0.0
    """Requests a second of an open loop; 0 = a closed one."""


@dataclass(frozen=True, slots=True)
class Load:
    """What the clients saw; times in milliseconds."""

    answered: int
    failed: int
    requests_per_s: float
    p50_ms: float
    p99_ms: float
    worst_ms: float
    own_share: float
    """Processor time of the generator itself over the wall time."""
    minutes_p99_ms: list[float] = field(default_factory=list)
    failure: str = ""
    """The first thing that went wrong."""


def generate(job: Job, folder: Path) -> Load:
    """Run the generator in a process of its own; ``folder`` holds its job meanwhile."""
    with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".json") as file:
        file.write(json.dumps(asdict(job)))
        file.flush()
        line = [sys.executable, __file__, file.name]
        done = subprocess.run(line, stdout=subprocess.PIPE, check=True)
    return Load(**json.loads(done.stdout))


class _Connection:
    """One client's connection; at most one request is under way."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._data = bytearray()
        self._wanted = 0
        self.due = 0.0

    def send(self, request: bytes, due: float) -> int:
        """Sends a whole request; returns the descriptor to wait on."""
        if self._socket is not None and _ended(self._socket):
            self._close("")
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), PATIENCE_S)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = due
        self._socket.sendall(request)
        return self._socket.fileno()

    def receive(self) -> str | None:
        """None while the answer is incomplete, '' after a 200, else what came instead of one."""
        assert self._socket is not None
        try:
            chunk = self._socket.recv(_RECEIVE)
        except OSError as error:
            return self._close(str(error))
        if not chunk:
            return self._close("the server closed the connection before it answered")
        self._data += chunk
        if not self._wanted:
            end = self._data.find(b"\r\n\r\n")
            if end < 0:
                return None
            head = bytes(self._data[:end]).lower()
            self._wanted = end + 4 + int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        return self._complete() if len(self._data) >= self._wanted else None

    def _complete(self) -> str:
        ok = self._data.startswith(b"HTTP/1.1 200")
        said = "" if ok else self._data[:300].decode(errors="replace")
        if b"\r\nconnection: close" in self._data[:1000].lower():
            self._close("")
        self._data.clear()
        self._wanted = 0
        return said

    def _close(self, why: str) -> str:
        assert self._socket is not None
        self._socket.close()
        self._socket = None
        self._data.clear()
        self._wanted = 0
        return why


def _ended(idle: socket.socket) -> bool:
    """Whether the server has closed an idle connection, as it may: clients look before they use one again."""
    return bool(select.select((idle,), (), (), 0.0)[0])


class _Generator:
    def __init__(self, job: Job) -> None:
        self._job = job
        self._requests = cycle(_requests(job))
        self._idle = deque(_Connection(job.port) for _ in range(job.clients))
        self._busy: dict[int, _Connection] = {}
        self._due = _arrivals(job.rate)
        self._next = inf
        """When the next request is due."""
        self._ended = array("d")
        self._latencies = array("d")
        self._failures: list[str] = []

    def run(self) -> Load:
        self._greet()
        began, worked = perf_counter(), process_time()
        until = began + self._job.seconds
        self._next = began + next(self._due)
        while (now := perf_counter()) < until or self._busy:
            if now < until:
                self._send_due(now)
            elif now > until + PATIENCE_S:
                self._failures += [f"no answer within {PATIENCE_S:g} s"] * len(self._busy)
                break
            self._wait(now, until)
        return self._load(began, process_time() - worked)

    def _greet(self) -> None:
        """One uncounted request on each connection: clients of a service keep theirs, and opening many at once is
        another question."""
        until = perf_counter() + PATIENCE_S
        while self._idle and self._send(perf_counter()):
            pass
        while self._busy and (now := perf_counter()) < until:
            self._wait(now, until)
        self._ended, self._latencies = array("d"), array("d")

    def _send_due(self, now: float) -> None:
        """A closed loop has each idle client send; an open one sends what is due, as far as clients are idle."""
        while self._idle and self._next <= now and self._send(self._next if self._job.rate else now):
            if self._job.rate:
                self._next += next(self._due)

    def _send(self, due: float) -> bool:
        connection = self._idle.popleft()
        try:
            self._busy[connection.send(next(self._requests), due)] = connection
        except OSError as error:
            self._failures.append(f"cannot send: {error}")
            self._idle.append(connection)
            return False
        return True

    def _wait(self, now: float, until: float) -> None:
        moment = until if now < until else until + PATIENCE_S
        if self._idle and now < until:
            moment = min(moment, self._next)
        ready, _, _ = select.select(self._busy, (), (), max(moment - now, 0.0))
        for descriptor in ready:
            connection = self._busy[descriptor]
            said = connection.receive()
            if said is None:
                continue
            del self._busy[descriptor]
            self._idle.append(connection)
            if said:
                self._failures.append(said)
            else:
                ended = perf_counter()
                self._ended.append(ended)
                self._latencies.append((ended - connection.due) * 1000)

    def _load(self, began: float, worked: float) -> Load:
        seconds = perf_counter() - began
        latencies = sorted(self._latencies)
        if not latencies:
            return Load(0, max(len(self._failures), 1), 0, 0, 0, 0, worked / seconds, [], (self._failures or [""])[0])
        return Load(
            answered=len(latencies),
            failed=len(self._failures),
            requests_per_s=len(latencies) / seconds,
            p50_ms=_share(latencies, 0.5),
            p99_ms=_share(latencies, 0.99),
            worst_ms=latencies[-1],
            own_share=worked / seconds,
            minutes_p99_ms=self._by_minute(began),
            failure=(self._failures or [""])[0],
        )

    def _by_minute(self, began: float) -> list[float]:
        minutes: dict[int, list[float]] = {}
        for ended, latency in zip(self._ended, self._latencies, strict=True):
            due = ended - latency / 1000
            minutes.setdefault(int((due - began) / _MINUTE_S), []).append(latency)
        return [_share(sorted(minutes[minute]), 0.99) for minute in sorted(minutes)]


def _requests(job: Job) -> list[bytes]:
    head = f"POST {job.path} HTTP/1.1\r\nHost: 127.0.0.1:{job.port}\r\nContent-Type: application/json\r\n"
    bodies = Path(job.bodies).read_bytes().splitlines()
    return [f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body for body in bodies]


def _arrivals(rate: float) -> Iterator[float]:
    """Seconds between one request and the next."""
    chance = random.Random(0)
    while True:
        yield chance.expovariate(rate) if rate else 0.0


def _share(ascending: list[float], share: float) -> float:
    return ascending[min(int(len(ascending) * share), len(ascending) - 1)]


if __name__ == "__main__":
    gc.disable()  # nothing here makes cycles, and a collection would look like the server's stall
    print(json.dumps(asdict(_Generator(Job(**json.loads(Path(sys.argv[1]).read_text()))).run())))
