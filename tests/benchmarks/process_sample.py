"""What processes hold at one moment, and how it grows: for every benchmark that watches a server for long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

_MIB = 2**20


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
            memory = process.memory_full_info().pss / _MIB
            found.append((_anonymous(process.pid), memory, process.num_fds(), process.num_threads()))
    columns = list(zip(*found, strict=True)) or [()] * 4
    return Held(sum(columns[0]), sum(columns[1]), sum(columns[2]), sum(columns[3]), len(found))


def growth(hours: Sequence[float], values: Sequence[float]) -> float:
    """The slope of a least-squares line, in units an hour; 0 for fewer than two moments."""
    return float(np.polyfit(hours, values, 1)[0]) if len(set(hours)) > 1 else 0.0


def _anonymous(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1]) / 1024
    return 0.0
