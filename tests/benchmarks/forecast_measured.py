"""What a command costs as a whole process: wall time, processor time, peak memory.

    python tests/benchmarks/forecast_measured.py RESULT.json COMMAND ...

The command runs below a process of its own that stays small, because Linux counts the memory of the process that
starts a child, up to its ``exec``, in the child's ``ru_maxrss``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import psutil

ROOT = Path(__file__).resolve().parents[2]
"""The checkout: every command runs in it."""

_INTERVAL_S = 0.1
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of a command took."""

    wall_s: float
    user_s: float
    system_s: float
    peak_mib: float
    """Peak resident memory of the process, or the sum over it and its descendants where that was seen to be more."""
    exit_code: int
    output: str = ""
    """Its stdout and stderr."""

    def __add__(self, other: Run) -> Run:
        """This run and then the other one."""
        return Run(
            self.wall_s + other.wall_s,
            self.user_s + other.user_s,
            self.system_s + other.system_s,
            max(self.peak_mib, other.peak_mib),
            self.exit_code or other.exit_code,
            self.output + other.output,
        )


class CommandFailed(SystemExit):
    """A measured command ended badly: the benchmark ends with the last of what it said."""

    def __init__(self, line: Sequence[str], run: Run) -> None:
        super().__init__(f"{' '.join(line)}\nended with {run.exit_code}:\n{run.output[-2000:]}")


def measure(line: Sequence[str | Path], variables: Mapping[str, str] | None = None) -> Run:
    """Run a command in the checkout and measure it; CommandFailed unless it ends with 0.

    Threads and tracking are the command's own choice: OMP_NUM_THREADS and MLFLOW_* are not passed on.
    """
    words = [str(word) for word in line]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "MLFLOW_"))}
    with tempfile.TemporaryDirectory() as folder:
        result, log = Path(folder, "run.json"), Path(folder, "log")
        with log.open("w") as sink:
            starter = [sys.executable, __file__, str(result), *words]
            subprocess.run(starter, stdout=sink, stderr=sink, cwd=ROOT, env={**kept, **(variables or {})}, check=True)
        run = Run(**json.loads(result.read_text()) | {"output": log.read_text(errors="replace")})
    if run.exit_code:
        raise CommandFailed(words, run)
    return run


def machine() -> str:
    """The first line of every table: what it was measured on, and what else was going on."""
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    return f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, load average {load}"


def _run(line: Sequence[str]) -> Run:
    began = perf_counter()
    process = subprocess.Popen(line)
    watch = _TreeWatch(process.pid)
    watch.start()
    _, status, used = os.wait4(process.pid, 0)
    wall = perf_counter() - began
    watch.stop()
    process.returncode = os.waitstatus_to_exitcode(status)
    peak = max(used.ru_maxrss * 1024, watch.peak)
    return Run(wall, used.ru_utime, used.ru_stime, peak / _MIB, process.returncode)


class _TreeWatch(threading.Thread):
    """Samples the memory of a process together with its descendants, which ru_maxrss does not add up."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._pid = pid
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(_INTERVAL_S):
            try:
                root = psutil.Process(self._pid)
                tree = [root, *root.children(recursive=True)]
                self.peak = max(self.peak, sum(process.memory_info().rss for process in tree))
            except psutil.Error:
                continue  # one of them ended while it was looked at

    def stop(self) -> None:
        self._ended.set()
        self.join()


if __name__ == "__main__":
    measured = _run(sys.argv[2:])
    Path(sys.argv[1]).write_text(json.dumps(asdict(measured)))
