"""A server as a process of its own, on a core of its own: its start, its processor time and its memory."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import perf_counter, sleep

import psutil

from tests.benchmarks.forecast_measured import ROOT
from tests.benchmarks.process_sample import Held, held_by

START_S = 120.0
"""How long a server may take to its first 200."""
STOP_S = 30.0

_POLL_S = 0.005
_NOT_PASSED_ON = ("SERVING_", "MLFLOW_", "AZUREML_", "PYTHONDONTWRITEBYTECODE")
"""Settings of the caller; without its bytecode a server would compile itself at every start."""


def cores() -> tuple[int | None, int | None]:
    """(the server's core, the load generator's); None where there is only one to share."""
    allowed = sorted(os.sched_getaffinity(0))
    return (allowed[0], allowed[1]) if len(allowed) > 1 else (None, None)


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """What is started meanwhile may run on one core alone."""
    allowed = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


class ServerProcess:
    """A started server; ``ready_s`` is the time from the start of the process to the first 200 of its probe."""

    def __init__(self, line: Sequence[str], variables: Mapping[str, str], log: Path, port: int) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)}
        environment = {**kept, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **variables}
        self.port = port
        self.ready_s = 0.0
        self._log = log
        self._began = perf_counter()
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                line,
                cwd=ROOT,
                env=environment,
                stdout=sink,
                stderr=sink,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    @property
    def tree(self) -> list[psutil.Process]:
        root = psutil.Process(self._process.pid)
        return [root, *root.children(recursive=True)]

    @contextmanager
    def on_all_cores(self) -> Iterator[None]:
        """Meanwhile its threads, and those of its descendants, may run on any core that this process may."""
        cores = os.sched_getaffinity(0)
        before = self._move(dict.fromkeys(self._threads(), cores))
        yield
        self._move({thread: min(before.values(), key=len) for thread in self._threads()})

    def _threads(self) -> list[int]:
        return [thread.id for process in self.tree for thread in process.threads()]

    def _move(self, cores_of: Mapping[int, set[int]]) -> dict[int, set[int]]:
        """Returns where they ran before."""
        before = {}
        for thread, cores in cores_of.items():
            with suppress(ProcessLookupError):  # it has ended
                before[thread] = os.sched_getaffinity(thread)
                os.sched_setaffinity(thread, cores)
        return before

    def await_ready(self, path: str) -> None:
        """Poll the probe; SystemExit with the end of the log when no 200 comes."""
        while not self._answers(path):
            if self._process.poll() is not None or perf_counter() - self._began > START_S:
                said = self._log.read_text(errors="replace")[-2000:]
                raise SystemExit(f"{' '.join(map(str, self._process.args))}\ndid not become ready:\n{said}")  # type: ignore[arg-type]
            sleep(_POLL_S)
        self.ready_s = perf_counter() - self._began

    def ask(self, path: str, body: bytes) -> bytes:
        """The answer to one POST; SystemExit unless it is a 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_S)
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise SystemExit(f"{path} answered {response.status}: {content[:2000].decode(errors='replace')}")
        return content

    def cpu_s(self) -> float:
        """Processor time of the whole tree so far."""
        times = [process.cpu_times() for process in self.tree]
        return sum(time.user + time.system for time in times)

    def held(self) -> Held:
        """Memory, descriptors and threads of the whole tree."""
        return held_by(self.tree)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL to its session when that is not enough."""
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_S)
        with suppress(ProcessLookupError):  # unless it left workers behind
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _answers(self, path: str) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_S)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
