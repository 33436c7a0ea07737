"""What the soak looks at: the server's and the router's processes, and the state folder by what its files are for."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Self

from tests.benchmarks.local_soak_world import World
from tests.benchmarks.process_sample import Held, growth, held_by

_MIB = 2**20
_TENTHS = (1, 3, 5, 7, 10)
_TABLES = ("resources", "operations", "tokens", "blob_metadata", "settings")


@dataclass(frozen=True, slots=True)
class Folder:
    """Bytes and numbers of files and folders, by what they are for."""

    sizes: Mapping[str, int]
    entries: Mapping[str, int]

    @property
    def mib(self) -> float:
        """All of it."""
        return sum(self.sizes.values()) / _MIB


@dataclass(frozen=True, slots=True)
class Sample:
    """Everything at one moment."""

    hour: float
    server: Held
    router: Held
    descendants: int
    folder: Folder


def look(world: World, hour: float = 0.0) -> Sample:
    """The sample of this moment."""
    descendants = len(world.server.children(recursive=True))
    return Sample(hour, held_by([world.server]), held_by([world.router]), descendants, measure(world.state))


def measure(state: Path) -> Folder:
    """The state folder; files that vanish meanwhile count for nothing, hard links once."""
    sizes, entries, seen = Counter[str](), Counter[str](), set[int]()
    for path in _walk(state):
        purpose = _purpose(path.relative_to(state))
        try:
            facts = path.lstat()
        except OSError:
            continue
        entries[purpose] += 1
        if not path.is_dir() and facts.st_ino not in seen:
            seen.add(facts.st_ino)
            sizes[purpose] += facts.st_size
    return Folder(sizes, entries)


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        yield from (Path(parent) / name for name in (*folders, *files))


def _purpose(path: Path) -> str:
    top, name = path.parts[0], path.name
    if top.startswith("state.sqlite"):
        return "database"
    if top.startswith("server.log") or name == "router.log":
        return "logs of the server"
    if ".access.jsonl" in name:
        return "access logs"
    if top == "slots":
        return "logs of containers" if "logs" in path.parts else "slots"
    if path.parts[:2] == ("blobs", ".staging"):
        return "unfinished uploads"
    return {"jobs": "folders of jobs", "blobs": "blobs"}.get(top, "other")


def rows(state: Path) -> dict[str, int]:
    """How many rows each table of the state has."""
    with closing(sqlite3.connect(f"file:{state / 'state.sqlite'}?mode=ro", uri=True)) as database:
        return {table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in _TABLES}


class Watch:
    """Looks every few seconds, for as long as a `with` block lasts."""

    def __init__(self, world: World, every_s: float) -> None:
        self.samples: list[Sample] = []
        self._world = world
        self._every_s = every_s
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        began = time.monotonic()
        while not self._ending.wait(self._every_s):
            self.samples.append(look(self._world, (time.monotonic() - began) / 3600))


def table(samples: Sequence[Sample]) -> Iterator[str]:
    """Medians of some tenths of the time, and the growth an hour over all but the first tenth."""
    yield f"| what | {' | '.join(f'tenth {number}' for number in _TENTHS)} | growth an hour |"
    yield f"|---|{'---|' * len(_TENTHS)}---|"
    rest = samples[max(1, len(samples) // 10) :] or samples
    for name, values in _columns(samples).items():
        shown = " | ".join(f"{median(_tenth(values, number)):,.1f}" for number in _TENTHS)
        slope = growth([sample.hour for sample in rest], _columns(rest)[name])
        yield f"| {name} | {shown} | {slope:+,.1f} |"


def rising(samples: Sequence[Sample], most_mib: float) -> Iterator[str]:
    """Which process's memory rose in the second half of the time by more than is allowed, one line each."""
    for name, values in _columns(samples).items():
        rise = median(_tenth(values, 10)) - median(_tenth(values, 5))
        if name.endswith("anonymous MiB") and rise > most_mib:
            yield f"{name}: {rise:+.1f} in the second half of the time, {most_mib:g} are allowed"


def _tenth(values: Sequence[float], number: int) -> Sequence[float]:
    """One tenth of the values, counted from 1; never empty."""
    length = max(1, len(values) // 10)
    begin = min((number - 1) * len(values) // 10, len(values) - length)
    return values[begin : begin + length]


def _columns(samples: Sequence[Sample]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for program in ("server", "router"):
        held: list[Held] = [getattr(sample, program) for sample in samples]
        found[f"{program}: anonymous MiB"] = [each.anonymous for each in held]
        found[f"{program}: PSS MiB"] = [each.pss for each in held]
        found[f"{program}: threads"] = [each.threads for each in held]
        found[f"{program}: descriptors"] = [each.descriptors for each in held]
    found["descendants"] = [sample.descendants for sample in samples]
    for purpose in sorted({purpose for sample in samples for purpose in sample.folder.sizes}):
        found[f"{purpose}: MiB"] = [sample.folder.sizes.get(purpose, 0) / _MIB for sample in samples]
    found["files and folders"] = [sum(sample.folder.entries.values()) for sample in samples]
    return found
