"""Reads and writes of the local Azure ML's resources, over TLS on kept connections, beside a bare server.

    python tests/benchmarks/local_resources.py [--seconds 2] [--rounds 3] [--clients 8]

The bare server is Starlette on uvicorn with the same TLS and SQLite settings, and gives back the very same documents.
The floor is the same in one process: SQLite and JSON alone. Server and clients are on a core each.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import uvloop

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.benchmarks import local_contents as contents
from tests.benchmarks.closed_loop import Load, send
from tests.benchmarks.forecast_measured import machine
from tests.benchmarks.local_contents import Contents
from tests.benchmarks.local_peer import Items, bare_server
from tests.benchmarks.serving_process import cores, free_port, pinned
from tests.emulator import bodies

_NAMES = 20
_PATIENCE_S = 10.0
_SYNCED_WRITES = 200
_FLOOR_S = 1.0
_MIB = 2**20


@dataclass(slots=True)
class Row:
    """One kind of request, and what each server made of it, a list entry a round."""

    name: str
    requests: Iterator[bytes]
    """Endless."""
    peer_requests: Iterator[bytes]
    loads: list[Load] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    peer_loads: list[Load] = field(default_factory=list)
    peer_cpu_us: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is, and its process."""

    port: int
    process: psutil.Process


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=8)
    options = parser.parse_args()
    print(machine())
    server_core, own_core = cores()
    with tempfile.TemporaryDirectory(prefix="retailctl-bench-") as name, pinned(own_core):
        folder = Path(name)
        with pinned(server_core), contents.started(folder) as ours:
            ours.fill()
            port = free_port()
            with bare_server(port, ours.state / "tls", folder / "peer.sqlite") as process:
                peer = Server(port, process)
                tls = ssl.create_default_context(cafile=ours.connection["ca_certificate"])
                rows = [*_reads(ours, peer), *_writes(ours, peer)]
                with pinned(own_core):
                    uvloop.run(_measure(ours, peer, rows, tls, options))
                _print(rows, options)
                print(_floor(folder, ours))
                print(_syncs(ours, rows[-1].requests, tls))
                _print_memory({"server": ours.process, "router": ours.router, "bare server": peer.process})
    print(f"at the end: {machine()}")


def _reads(ours: Contents, peer: Server) -> list[Row]:
    singles = {
        "GET endpoint": contents.ENDPOINT,
        "GET deployment": contents.DEPLOYMENT,
        "GET model version": contents.MODEL,
        "GET job": contents.JOB,
    }
    lists = {
        "list 1 endpoint": "/onlineEndpoints",
        "list 100 model versions": contents.MODELS,
        "list 100 jobs": "/jobs",
    }
    rows = []
    for name, path in singles.items():
        _put(ours, peer, name, ours.api.arm("GET", path).json())
        theirs = _peer_request(ours, peer, "GET", f"/items/{quote(name)}")
        rows.append(Row(name, _same(ours.request("GET", path)), _same(theirs)))
    for name, path in lists.items():
        _put(ours, peer, name, ours.api.arm("GET", path).json())
        theirs = _peer_request(ours, peer, "GET", f"/items/{quote(name)}")
        rows.append(Row(name, _same(ours.request("GET", path)), _same(theirs)))
    return rows


def _writes(ours: Contents, peer: Server) -> list[Row]:
    def versions(kind: str, body: Any, first: int = 1) -> Iterator[bytes]:
        return (ours.request("PUT", f"/{kind}/n{n % _NAMES}/versions/{first + n // _NAMES}", body) for n in count())

    def tags() -> Iterator[bytes]:
        return (ours.request("PATCH", contents.ENDPOINT, {"tags": {"turn": str(n)}}) for n in count())

    def items(body: Any) -> Iterator[bytes]:
        return (_peer_request(ours, peer, "PUT", f"/items/i{n}", body) for n in count())

    image, endpoint = bodies.environment(), ours.api.arm("GET", contents.ENDPOINT).json()
    return [
        Row("PUT model version", versions("models", contents.model()), items(contents.model())),
        Row("PUT data version", versions("data", contents.data()), items(contents.data())),
        Row("PUT environment version", versions("environments", image), items(image)),
        Row("PATCH endpoint's tags", tags(), items(endpoint)),
    ]


async def _measure(
    ours: Contents, peer: Server, rows: Sequence[Row], tls: ssl.SSLContext, options: argparse.Namespace
) -> None:
    here = Server(ours.port, ours.process)
    for _ in range(options.rounds):
        for row in rows:
            for server, sent, loads, cpu_us in (
                (here, row.requests, row.loads, row.cpu_us),
                (peer, row.peer_requests, row.peer_loads, row.peer_cpu_us),
            ):
                before = _cpu_s(server.process)
                load = await send(server.port, sent, options.clients, options.seconds, tls)
                loads.append(load)
                cpu_us.append((_cpu_s(server.process) - before) / load.answered * 1e6)


def _print(rows: Sequence[Row], options: argparse.Namespace) -> None:
    print(
        f"{options.clients} clients, {options.rounds} rounds of {options.seconds:g} s, medians; TLS, kept connections"
    )
    print(f"{'':24} {'req/s':>7} {'p50 ms':>7} {'p99 ms':>7} {'CPU us':>7} {'one core':>9}", end="")
    print(f" | {'bare: req/s':>11} {'CPU us':>7} {'CPU ratio':>10} {'failed':>7}")
    for row in rows:
        rate, p50, p99 = (_middle([getattr(load, key) for load in row.loads]) for key in _FIGURES)
        cpu, peer_cpu = _middle(row.cpu_us), _middle(row.peer_cpu_us)
        peer_rate = _middle([load.requests_per_s for load in row.peer_loads])
        failed = sum(load.failed for load in (*row.loads, *row.peer_loads))
        print(f"{row.name:24} {rate:7,.0f} {p50:7.2f} {p99:7.2f} {cpu:7.0f} {1e6 / cpu:9,.0f}", end="")
        print(f" | {peer_rate:11,.0f} {peer_cpu:7.0f} {cpu / peer_cpu:10.2f} {failed:7}")
        for failure in [load.failure for load in (*row.loads, *row.peer_loads) if load.failed][:1]:
            print(failure)


_FIGURES = ("requests_per_s", "p50_ms", "p99_ms")


def _floor(folder: Path, ours: Contents) -> str:
    """What SQLite, JSON and the disk cost by themselves."""
    items, document = Items(folder / "floor.sqlite"), ours.api.arm("GET", contents.MODEL).json()
    items.put("x", document)
    numbers = count()
    read_us = _cost_us(lambda: items.get("x"))
    write_us, synced_us = _cost_us(lambda: items.put(str(next(numbers)), document)), _sync_us(folder / "floor")
    return f"in one process: read {read_us:.0f} us, synced write {write_us:.0f} us; a bare fdatasync {synced_us:.0f} us"


def _cost_us(work: Callable[[], object]) -> float:
    turns, began = 0, time.perf_counter()
    while (now := time.perf_counter()) < began + _FLOOR_S:
        work()
        turns += 1
    return (now - began) / turns * 1e6


def _sync_us(file: Path) -> float:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT)

    def sync() -> None:
        os.pwrite(descriptor, b"x" * 4096, 0)
        os.fdatasync(descriptor)

    try:
        return _cost_us(sync)
    finally:
        os.close(descriptor)


def _syncs(ours: Contents, writes: Iterator[bytes], tls: ssl.SSLContext) -> str:
    """How often the server asks the disk to sync, of writes one after the other."""
    with sqlite3.connect(f"file:{ours.database}?mode=ro", uri=True) as connection:
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    tracer = shutil.which("strace")
    if tracer is None:
        return "strace is not installed: syncs are not counted"
    line = [tracer, "-f", "-e", "trace=fsync,fdatasync", "-p", str(ours.process.pid)]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as traced:
        assert traced.stderr is not None
        traced.stderr.readline()  # attached
        requests_sent = [next(writes) for _ in range(_SYNCED_WRITES)]
        load = uvloop.run(send(ours.port, requests_sent, 1, tls=tls))
        traced.terminate()
        syncs = sum("sync(" in each for each in traced.stderr)
    return f"{load.answered} writes, {load.failed} failed: {syncs} syncs of the disk (journal mode {mode})"


def _put(ours: Contents, peer: Server, name: str, document: Any) -> None:
    address = f"https://127.0.0.1:{peer.port}/items/{quote(name)}"
    ours.api.session.put(address, json=document, timeout=_PATIENCE_S).raise_for_status()


def _peer_request(ours: Contents, peer: Server, method: str, path: str, body: Any = None) -> bytes:
    """The same request as ours, to the bare server."""
    head, _, content = ours.request(method, "", body).partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    lines[:2] = [f"{method} {path} HTTP/1.1".encode(), f"Host: 127.0.0.1:{peer.port}".encode()]
    return b"\r\n".join([*lines, b"", content])


def _same(request: bytes) -> Iterator[bytes]:
    while True:
        yield request


def _cpu_s(process: psutil.Process) -> float:
    return sum(process.cpu_times()[:2])


def _print_memory(processes: dict[str, psutil.Process]) -> None:
    for name, process in processes.items():
        held = process.memory_full_info()
        print(f"{name}: {held.pss / _MIB:.1f} MiB PSS, {held.rss / _MIB:.1f} MiB RSS")


def _middle(values: Sequence[float]) -> float:
    return statistics.median(values)


if __name__ == "__main__":
    main()
