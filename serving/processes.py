"""What the operating system says of a worker, under the names that Prometheus client libraries give it
(https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from serving.exposition import Family

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """One process, now."""

    cpu_seconds: float
    resident_bytes: float
    started_at: float
    """Seconds since 1970 (UTC)."""
    open_fds: float

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """None where there is no such process, or no /proc to ask (proc(5))."""
        try:
            stat = (PROC / str(pid) / "stat").read_text(encoding="utf-8")
            fields = stat.rpartition(")")[2].split()  # the name before it may hold anything
            if fields[0] == "Z":  # it died, and its parent has not looked yet
                return None
            ticks = os.sysconf("SC_CLK_TCK")
            return cls(
                cpu_seconds=(int(fields[11]) + int(fields[12])) / ticks,
                resident_bytes=float(int(fields[21]) * os.sysconf("SC_PAGE_SIZE")),
                started_at=_boot_time() + int(fields[19]) / ticks,
                open_fds=float(len(os.listdir(PROC / str(pid) / "fd"))),  # noqa: PTH208 - names are enough
            )
        except OSError:
            return None


def _boot_time() -> float:
    for line in (PROC / "stat").read_text(encoding="utf-8").splitlines():
        if line.startswith("btime "):
            return float(line.split()[1])
    raise OSError("no btime in /proc/stat")


def families(pids: Mapping[int, int]) -> Iterator[Family]:
    """The process metrics of each worker that lives; labelled by worker, so that a restart is one series' reset."""
    found = {str(worker): process for worker, pid in pids.items() if (process := Process.of(pid))}
    yield Family("retail_workers", "gauge", "Worker processes that live.", [({}, len(found))])
    cpu = [({"worker": worker}, process.cpu_seconds) for worker, process in found.items()]
    yield Family("process_cpu_seconds_total", "counter", "Processor time, user and system.", cpu)
    memory = [({"worker": worker}, process.resident_bytes) for worker, process in found.items()]
    yield Family("process_resident_memory_bytes", "gauge", "Resident memory; workers share most of it.", memory)
    start = [({"worker": worker}, process.started_at) for worker, process in found.items()]
    yield Family("process_start_time_seconds", "gauge", "Start of the process since the epoch.", start)
    fds = [({"worker": worker}, process.open_fds) for worker, process in found.items()]
    yield Family("process_open_fds", "gauge", "Open file descriptors.", fds)
