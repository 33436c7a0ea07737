"""What processes hold at one moment, and how it grows: for every benchmark that watches a server for long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil


@dataclass(frozen=True, slots=True)
class Held:
    """What some processes hold together; memory in MiB."""

    anonymous: float
    """Resident, and backed by no file: it cannot be given back while the process lives."""
    pss: float
    """Resident; pages shared with other processes in equal parts."""
    descriptors: int
    threads: int
    processes: int


def held_by(processes: Iterable[psutil.Process]) -> Held:
    """What they hold now; one that has just ended counts for nothing."""
    found = []
    for process in processes:
        with suppress(psutil.Error, OSError):
            memory = _resident(process.pid)
            found.append((memory["Anonymous"], memory["Pss"], process.num_fds(), process.num_threads()))
    anonymous, pss, descriptors, threads = (sum(column) for column in zip(*found, strict=True)) if found else (0,) * 4
    return Held(anonymous, pss, int(descriptors), int(threads), len(found))


def growth(hours: Sequence[float], values: Sequence[float]) -> float:
    """The slope of a least-squares line, in units an hour; 0 for fewer than two moments."""
    return float(np.polyfit(hours, values, 1)[0]) if len(set(hours)) > 1 else 0.0


def _resident(pid: int) -> dict[str, float]:
    """The kernel's sums over a process's mappings, in MiB, by their names."""
    _, *lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    rows = (line.split() for line in lines)
    return {name.rstrip(":"): int(kib) / 1024 for name, kib, *_ in rows}
