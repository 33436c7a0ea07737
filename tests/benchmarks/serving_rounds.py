"""One round: every server in turn is started, asked, looked at and stopped, the floor beside them."""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.benchmarks.process_sample import Held
from tests.benchmarks.serving_floor import Floor
from tests.benchmarks.serving_forms import Form, Key, Numbers
from tests.benchmarks.serving_load import Job, Load, generate
from tests.benchmarks.serving_process import ServerProcess, cores, free_port, pinned
from tests.benchmarks.serving_servers import Server

CLIENTS = (1, 16, 64)
MANY = 1000
"""Series of a large request."""
OPEN_SHARE = 0.8
"""Of the highest rate of a closed loop: the rate of the open one."""

_QUESTIONS, _LARGE_QUESTIONS = 2000, 8
_OPEN_CLIENTS = 64
_CHECKED = 50
_WARM_S = 1.0
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Round:
    """What one server did in one round."""

    ready_s: float
    closed: dict[int, Load]
    """By number of clients."""
    cpu_ms: float
    """Processor time of the server a request, with 16 clients."""
    large: Load
    """Requests for a thousand series, one client."""
    large_on_all_cores: Load
    """The same, where the server may use every core for its one process."""
    open: Load
    rate: float
    """Requests a second that were due in the open loop."""
    memory: Held


class Questions:
    """Files of requests about series in random order; a large request has a thousand different ones."""

    def __init__(self, folder: Path, keys: Sequence[Key]) -> None:
        if len(keys) < MANY:
            raise SystemExit(f"the model has {len(keys)} series; a request for {MANY} needs as many")
        chance = random.Random(0)
        self._folder = folder
        self._single = chance.sample(keys, min(len(keys), _QUESTIONS))
        self._large = [chance.sample(keys, MANY) for _ in range(_LARGE_QUESTIONS)]

    def files(self, form: Form) -> tuple[Path, Path]:
        """(one series a request, a thousand series a request), one body a line."""
        single, large = (self._folder / f"{type(form).__name__}-{size}" for size in ("1", str(MANY)))
        if not large.exists():
            single.write_bytes(b"\n".join(form.ask([key]) for key in self._single))
            large.write_bytes(b"\n".join(form.ask(keys) for keys in self._large))
        return single, large

    @property
    def checked(self) -> list[Key]:
        return self._single[:_CHECKED]


class Bench:
    """Runs rounds; keeps how much of the machine the benchmark itself used."""

    def __init__(self, questions: Questions, folder: Path, seconds: float) -> None:
        self._questions = questions
        self._folder = folder
        self._seconds = seconds
        self._server_core, self._load_core = cores()
        self.used_s = 0.0

    def check(self, server: Server, expected: Numbers) -> str:
        """How a server's answers differ from the expected numbers; raises SystemExit where they are not the same."""
        process = self.start(server, self._folder / f"{server.name}.log")
        try:
            body = server.form.ask(self._questions.checked)
            found = server.form.read(process.ask(server.score, body))
        finally:
            process.stop()
        return difference(server.name, found, expected)

    def round(self, server: Server) -> Round:
        """Start, measure, stop."""
        single, large = self._questions.files(server.form)
        process = self.start(server, self._folder / f"{server.name}.log")
        try:
            self.load(process, server, single, clients=4, seconds=_WARM_S)
            closed, cpu_ms = {}, 0.0
            for clients in CLIENTS:
                before = process.cpu_s()
                closed[clients] = self.load(process, server, single, clients=clients, seconds=self._seconds)
                if clients == 16:
                    cpu_ms = (process.cpu_s() - before) * 1000 / max(closed[clients].answered, 1)
            many = self.load(process, server, large, clients=1, seconds=self._seconds)
            with process.on_all_cores():
                spread = self.load(process, server, large, clients=1, seconds=self._seconds)
            rate = OPEN_SHARE * max(load.requests_per_s for load in closed.values())
            due = self.load(process, server, single, clients=_OPEN_CLIENTS, seconds=self._seconds, rate=rate)
            memory = process.held()
            self.used_s += process.cpu_s()
        finally:
            process.stop()
        return Round(process.ready_s, closed, cpu_ms, many, spread, due, rate, memory)

    def floor(self, model: Path, form: Form) -> tuple[Floor, Floor]:
        """(one series, a thousand series), in a process on the servers' core."""
        files = self._questions.files(form)
        line = [sys.executable, str(_HERE / "serving_floor.py"), str(model), str(self._seconds), *map(str, files)]
        with pinned(self._server_core), self._counted():
            done = subprocess.run(line, stdout=subprocess.PIPE, check=True)
        one, many = json.loads(done.stdout)
        return Floor(**one), Floor(**many)

    def load(
        self, process: ServerProcess, server: Server, bodies: Path, *, clients: int, seconds: float, rate: float = 0.0
    ) -> Load:
        """What the load generator saw; SystemExit when anything but 200 came back."""
        load = self.observe(Job(process.port, server.score, str(bodies), clients, seconds, rate))
        if load.failed:
            raise SystemExit(f"{server.name}: {load.failed} of {load.answered + load.failed} failed: {load.failure}")
        return load

    def observe(self, job: Job) -> Load:
        """What the load generator saw, from the other core."""
        with pinned(self._load_core), self._counted():
            return generate(job, self._folder)

    def start(self, server: Server, log: Path) -> ServerProcess:
        """A server on its core, ready; SystemExit with the end of its log when it does not become so."""
        port = free_port()
        with pinned(self._server_core):
            process = ServerProcess([*server.line, str(port)], server.variables, log, port)
        try:
            process.await_ready(server.ready)
        except BaseException:
            process.stop()
            raise
        return process

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Counts the processor time of children that end meanwhile as the benchmark's own."""
        before = _children_s()
        yield
        self.used_s += _children_s() - before


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def difference(name: str, found: Numbers, expected: Numbers) -> str:
    """One line on how far two servers' numbers lie apart; SystemExit above 1e-5.

    Quantiles are rounded to whole units: a few at the border between two may fall to the other side.
    """
    if found.shape != expected.shape:
        raise SystemExit(f"{name} answered {found.shape} numbers, not {expected.shape}")
    relative = np.abs(found - expected) / np.maximum(np.abs(expected), 1e-6)
    mean, other = float(relative[:, 0].max()), float((relative[:, 1:] > 1e-5).mean())
    if mean > 1e-5 or other > 1e-3:
        raise SystemExit(f"{name}: means differ by {mean:.1e}, and {other:.2%} of the quantiles")
    return f"{name}: means within {mean:.0e}, {1 - other:.2%} of the quantiles equal"
