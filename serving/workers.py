"""Several worker processes behind one socket, and the parent that keeps them running.

The parent has the model in memory before it forks: the workers share its pages, as nobody writes to them. A worker that
dies is replaced, later each time when it keeps dying. SIGTERM is passed on, and the parent ends after its workers.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from serving.logs import LOGGER

SHORTEST_PAUSE = 0.1
LONGEST_PAUSE = 10.0
"""Seconds between a worker's end and its replacement, doubled each time until it has lived for ``SOUND_SECONDS``."""
SOUND_SECONDS = 60.0
SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}


@dataclass(slots=True)
class _Worker:
    """One place among the workers, and the process that fills it."""

    index: int
    pid: int = 0
    began: float = 0.0
    pause: float = SHORTEST_PAUSE
    due: float = 0.0
    """When it is to be started (again), on ``monotonic``'s clock."""


class Workers:
    """``serve`` is run in each worker, with its index, until it returns."""

    def __init__(self, count: int, serve: Callable[[int], None]) -> None:
        self._serve = serve
        self._workers = [_Worker(index) for index in range(count)]
        self._ending = False
        self._alive, self._kept_open = os.pipe()
        """The parent alone keeps the second end open, so that its end, however it comes, is the end of the pipe."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # from now on they wait until ``run`` takes them

    def run(self) -> None:
        """Returns when all workers have ended after a signal."""
        gc.collect()
        gc.freeze()  # a collection in a worker does not write to what it shares
        while not self._ending or self._running:
            for worker in self._workers:
                if not worker.pid and not self._ending and monotonic() >= worker.due:
                    self._start(worker)
            received = signal.sigtimedwait(SIGNALS, self._patience())
            if received is not None and received.si_signo != signal.SIGCHLD:
                self._end(received.si_signo)
            self._bury()

    @property
    def pauses(self) -> list[float]:
        """Seconds after which each worker would be replaced if it ended now."""
        return [worker.pause for worker in self._workers]

    @property
    def _running(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.pid]

    def _patience(self) -> float:
        """Seconds until a worker is due, some time otherwise."""
        due = [worker.due for worker in self._workers if not worker.pid]
        return max(0.0, min(due) - monotonic()) if due and not self._ending else 60.0

    def _start(self, worker: _Worker) -> None:
        worker.pid, worker.began = os.fork(), monotonic()
        if worker.pid == 0:
            os.close(self._kept_open)
            _run_worker(self._serve, worker.index, self._alive)
        LOGGER.info("worker started", extra={"fields": {"worker": worker.index, "pid": worker.pid}})

    def _end(self, number: int) -> None:
        self._ending = True
        for worker in self._running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.pid, number)

    def _bury(self) -> None:
        for worker in self._running:
            pid, status = os.waitpid(worker.pid, os.WNOHANG)
            if pid:
                self._note_end(worker, os.waitstatus_to_exitcode(status))

    def _note_end(self, worker: _Worker, code: int) -> None:
        now = monotonic()
        if now - worker.began >= SOUND_SECONDS:
            worker.pause = SHORTEST_PAUSE
        fields = {"worker": worker.index, "pid": worker.pid, "exit_code": code}
        worker.pid, worker.due = 0, now + worker.pause
        worker.pause = min(LONGEST_PAUSE, 2 * worker.pause)
        if not self._ending:
            LOGGER.error("worker died", extra={"fields": fields | {"again_in_seconds": round(worker.due - now, 1)}})


def _run_worker(serve: Callable[[int], None], index: int, alive: int) -> None:
    """In the child: serve, and leave without the parent's own endings."""
    code = 1
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        threading.Thread(target=_end_with_parent, args=(alive,), name="end-with-parent", daemon=True).start()
        serve(index)
        code = 0
    except Exception:
        LOGGER.exception("bug in a worker")
    finally:
        os._exit(code)


def _end_with_parent(alive: int) -> None:
    os.read(alive, 1)  # nothing is ever written
    os.kill(os.getpid(), signal.SIGTERM)
