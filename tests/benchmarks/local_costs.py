"""What the local Azure ML costs by being there: its start, its memory, and what it adds to a job.

    python tests/benchmarks/local_costs.py [--rounds 5] [--jobs 10]

A start: from that of the process to the first answer of a request with its token, over TLS. Beside it: a bare server of
the same parts, and Python itself. A job: from the request that submits `true` to the answer that calls it Completed,
less what `true` takes in a shell of its own.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))
from retailctl.emulator import connection as connections
from retailctl.emulator import daemon
from retailctl.emulator.connection import Connection
from tests.benchmarks import local_contents as contents
from tests.benchmarks.forecast_measured import machine
from tests.benchmarks.local_contents import Contents
from tests.benchmarks.local_peer import await_answer, bare_server
from tests.benchmarks.serving_process import free_port
from tests.emulator import bodies
from tests.emulator.api import PROVIDER, VERSION

_MIB = 2**20
_POLL_S = 0.002
_PATIENCE_S = 30.0


@dataclass(slots=True)
class Starts:
    """Seconds, and those of processor time, of each round."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=10)
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="retailctl-bench-") as name:
        folder = Path(name)
        _print_starts(_starts(folder, options.rounds))
        (folder / "full").mkdir()
        with contents.started(folder / "full") as ours:
            _print_memory("empty", {"server": ours.process})
            ours.fill()
            _print_memory("with a slot, 100 model versions and jobs", {"server": ours.process, "router": ours.router})
            _print_jobs(*_jobs(ours, options.jobs))
    print(f"at the end: {machine()}")


def _starts(folder: Path, rounds: int) -> dict[str, Starts]:
    """Each kind of start in turn."""
    found: dict[str, Starts] = {}
    again = folder / "again"
    _started(again)
    for turn in range(rounds):
        kinds: dict[str, Callable[[], tuple[float, float]]] = {
            "local Azure ML, new folder": partial(_started, folder / f"new-{turn}"),
            "local Azure ML, again": partial(_started, again),
            "bare server": partial(_bare_started, again / "tls", folder / f"bare-{turn}"),
            "python -c pass": _python_started,
        }
        for kind, start in kinds.items():
            wall, cpu = start()
            found.setdefault(kind, Starts()).wall.append(wall)
            found[kind].cpu.append(cpu)
    return found


def _started(state: Path) -> tuple[float, float]:
    """A start as `retailctl local start` makes it, and the server's processor time until its first answer."""
    state.mkdir(exist_ok=True)
    line = [sys.executable, "-m", "retailctl.emulator", "serve", "--state", str(state), "--runner", "process"]
    began = time.perf_counter()
    with (state / "server.log").open("ab") as log:
        process = subprocess.Popen(line, stdout=log, stderr=log, cwd=Path(__file__).parents[2])
    reached = _published(state, process)
    scope = f"/subscriptions/{reached['subscription_id']}/resourceGroups/{reached['resource_group']}"
    path = f"{scope}/providers/{PROVIDER}/workspaces/{reached['workspace_name']}?api-version={VERSION}"
    port = int(reached["url"].rpartition(":")[2])
    await_answer(port, Path(reached["ca_certificate"]), path, {"Authorization": f"Bearer {reached['token']}"})
    wall, cpu = time.perf_counter() - began, sum(psutil.Process(process.pid).cpu_times()[:2])
    daemon.stop(state)
    process.wait()
    return wall, cpu


def _published(state: Path, process: subprocess.Popen[bytes]) -> Connection:
    """The connection, as soon as the server publishes it."""
    until = time.monotonic() + _PATIENCE_S
    while (found := connections.read(state)) is None or found["pid"] != process.pid:
        if process.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"the server does not start: {(state / 'server.log').read_text()[-2000:]}")
        time.sleep(_POLL_S)
    return found


def _bare_started(tls: Path, database: Path) -> tuple[float, float]:
    began = time.perf_counter()
    with bare_server(free_port(), tls, database) as process:
        return time.perf_counter() - began, sum(process.cpu_times()[:2])


def _python_started() -> tuple[float, float]:
    before, began = os.times(), time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - began, cpu


def _jobs(ours: Contents, count: int) -> tuple[list[float], list[float], list[float], bool]:
    """Seconds of each job, its server's processor time, seconds of the bare program, and whether MLflow was started."""
    train = ours.environment(bodies.TRAIN_IMAGE, "timed")
    walls, cpus, bare = [], [], []
    for number in range(count):
        began = time.perf_counter()
        subprocess.run(["/bin/sh", "-c", "true"], check=True)
        bare.append(time.perf_counter() - began)
        before, began = _tree_cpu_s(ours.process), time.perf_counter()
        ours.submit(f"timed-{number}", train, "true")
        ours.ended(f"timed-{number}")
        walls.append(time.perf_counter() - began)
        cpus.append(_tree_cpu_s(ours.process) - before)
    tracked = any("tracking/child.py" in " ".join(each.cmdline()) for each in ours.process.children(recursive=True))
    return walls, cpus, bare, tracked


def _tree_cpu_s(process: psutil.Process) -> float:
    """Of the process and of the children that it has waited for."""
    return sum(process.cpu_times()[:4])


def _print_starts(found: dict[str, Starts]) -> None:
    print(f"{'start to first answer':<28} {'wall s':>8} {'worst':>8} {'CPU s':>8}")
    for kind, starts in found.items():
        middle = _middle(starts.wall)
        print(f"{kind:<28} {middle:8.3f} {max(starts.wall):8.3f} {_middle(starts.cpu):8.3f}")


def _print_memory(when: str, processes: dict[str, psutil.Process]) -> None:
    held = {name: process.memory_full_info() for name, process in processes.items()}
    parts = [f"{name} {each.pss / _MIB:.1f} PSS, {each.rss / _MIB:.1f} RSS" for name, each in held.items()]
    pss, rss = (sum(getattr(each, kind) for each in held.values()) / _MIB for kind in ("pss", "rss"))
    print(f"memory in MiB, {when}: {pss:.1f} PSS, {rss:.1f} RSS ({'; '.join(parts)})")


def _print_jobs(walls: list[float], cpus: list[float], bare: list[float], tracked: bool) -> None:
    first, rest = walls[0] - bare[0], _middle(walls[1:]) - _middle(bare[1:])
    print(
        f"a job's own overhead: first {first:.3f} s, then {rest:.3f} s (worst {max(walls) - min(bare):.3f} s)", end=""
    )
    print(f"; CPU {_middle(cpus):.3f} s; MLflow was{'' if tracked else ' not'} started")


def _middle(values: Sequence[float]) -> float:
    return statistics.median(values)


if __name__ == "__main__":
    main()
