"""CPU and memory of a group of process trees."""

import time
from collections.abc import Iterable, Iterator

import psutil


class UsageMeter:
    """Turns growing CPU times into a rate between two readings."""

    def __init__(self) -> None:
        self._read_at = time.monotonic()
        self._cpu_s: dict[int, float] = {}

    def read(self, roots: Iterable[int]) -> tuple[float, int, int]:
        """Of everything under the given processes: CPU in percent of one core since the last reading, bytes of memory,
        and how many processes there are."""
        now, cpu_s, memory = time.monotonic(), {}, 0
        for process in _trees(roots):
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    cpu_s[process.pid] = times.user + times.system
                    memory += process.memory_info().rss
            except psutil.Error:  # ended meanwhile
                continue
        spent = sum(total - self._cpu_s.get(pid, 0.0) for pid, total in cpu_s.items())
        percent = 100.0 * max(0.0, spent) / max(now - self._read_at, 1e-3)
        self._read_at, self._cpu_s = now, cpu_s
        return percent, memory, len(cpu_s)


def _trees(roots: Iterable[int]) -> Iterator[psutil.Process]:
    for pid in roots:
        try:
            yield from psutil.Process(pid).children(recursive=True)
        except psutil.NoSuchProcess:
            continue
