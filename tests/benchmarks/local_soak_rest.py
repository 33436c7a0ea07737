"""The server at rest, before and after: what has grown, and is it more than it may?"""

from __future__ import annotations

import gc
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.benchmarks.local_soak_samples import Sample, look, rows
from tests.benchmarks.local_soak_world import SLOTS, World

_PATIENCE_S = 30.0
_POLL_S = 0.1
_POOL_THREADS = min(32, (os.cpu_count() or 1) + 4)
"""What `asyncio.to_thread` may start, and does only as more is asked of it at once."""
_MOST_GROWTH_MIB = {"server": 10.0, "router": 4.0}
"""Until heaps have their size; a minute of a slot's metrics is kept for two days, in some kilobytes."""
_BYTES_AN_OPERATION = 2_000
_MIB = 2**20
_BOUNDS = {"access logs": 32 * _MIB, "logs of containers": 2 * 17 * _MIB, "logs of the server": 11 * _MIB}
"""What is rotated may grow this far: one endpoint, two instances."""
_SPARE_BYTES = 4 * _MIB + 256 * 1024
"""The database's write-ahead log keeps its greatest size, and a page is freed as a whole."""


@dataclass(frozen=True, slots=True)
class Rest:
    """The server with two slots of one instance, no caller, and nothing in the workspace."""

    sample: Sample
    rows: dict[str, int]
    descriptors: dict[str, Counter[str]]
    """What each process has open, by kind."""


def come_to_rest(world: World, before: Rest | None = None) -> Rest:
    """Wait until connections are closed; with an earlier rest, until it is come to again, or too long.

    What was taken away may go some moments after the answer that says so: an upload that broke off, an old attempt.
    """
    for slot in SLOTS:
        world.deploy(slot, BUILD="rest")
    world.split({"blue": 50, "green": 50})
    world.api.session.close()
    gc.collect()  # urllib3 closes a pool's connections when nothing holds the pool any more
    deadline = time.monotonic() + _PATIENCE_S
    while not _is_calm(world) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    rest = _rest(world)
    while before is not None and any(left_over(before, rest)) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        rest = _rest(world)
    return rest


def _is_calm(world: World) -> bool:
    """Whether no connection is open: the router closes its idle ones to containers after some seconds."""
    kinds = [each.status for process in (world.server, world.router) for each in process.net_connections("tcp")]
    return psutil.CONN_ESTABLISHED not in kinds


def _rest(world: World) -> Rest:
    opened = {name: _opened(process) for name, process in (("server", world.server), ("router", world.router))}
    return Rest(look(world), rows(world.state), opened)


def _opened(process: psutil.Process) -> Counter[str]:
    """Descriptors by what they lead to; the numbers of sockets and pipes tell nothing."""
    found = Counter[str]()
    for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
        try:
            found[str(descriptor.readlink()).partition(":[")[0]] += 1
        except OSError:  # closed meanwhile
            continue
    return found


def changes(before: Rest, after: Rest) -> Iterator[str]:
    """What is held that should not be, one line each."""
    yield from left_over(before, after)
    yield from _grown(before, after)


def left_over(before: Rest, after: Rest) -> Iterator[str]:
    """The same, memory aside."""
    yield from _held_more(before, after)
    yield from _stored_more(before, after)


def _held_more(before: Rest, after: Rest) -> Iterator[str]:
    """What processes hold too much of, memory aside."""
    for program in ("server", "router"):
        was, now = getattr(before.sample, program), getattr(after.sample, program)
        if now.threads > max(was.threads, _most_threads(program)):
            yield f"{program}: {now.threads} threads, there were {was.threads}"
        if now.descriptors > was.descriptors:
            more = after.descriptors[program] - before.descriptors[program]
            yield f"{program}: {now.descriptors} descriptors, there were {was.descriptors}; more of {dict(more)}"
    if after.sample.descendants > before.sample.descendants:
        yield f"{after.sample.descendants} processes below the server, there were {before.sample.descendants}"


def _most_threads(program: str) -> int:
    """The server's own, one to wait for each of its three children at rest, and the pool's."""
    return 1 + 3 + _POOL_THREADS if program == "server" else 0


def _grown(before: Rest, after: Rest) -> Iterator[str]:
    for program, most in _MOST_GROWTH_MIB.items():
        was, now = getattr(before.sample, program).anonymous, getattr(after.sample, program).anonymous
        if now - was > most:
            yield f"{program}: {now:.1f} MiB, there were {was:.1f}; {most:g} MiB more are allowed"


def _stored_more(before: Rest, after: Rest) -> Iterator[str]:
    """What is in the state folder that should not be."""
    was, now = before.sample.folder, after.sample.folder
    for purpose, size in sorted(now.sizes.items()):
        most = _BOUNDS.get(purpose, was.sizes.get(purpose, 0))
        if purpose == "database":
            most += _SPARE_BYTES + _BYTES_AN_OPERATION * (after.rows["operations"] - before.rows["operations"])
        if size > most:
            yield f"{purpose}: {size:,} bytes, there were {was.sizes.get(purpose, 0):,}; {most:,} are allowed"
    for purpose, count in sorted(now.entries.items()):
        if count > was.entries.get(purpose, 0) + (1 if purpose in _BOUNDS else 0):
            yield f"{purpose}: {count} files and folders, there were {was.entries.get(purpose, 0)}"
    for name in ("resources", "blob_metadata", "settings"):
        if after.rows[name] > before.rows[name]:
            yield f"{after.rows[name]} {name} in the database, there were {before.rows[name]}"
