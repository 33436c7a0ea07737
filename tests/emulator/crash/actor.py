"""One client at work in a thread of its own: random steps until it is told to pause, its books checked on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from random import Random

from tests.emulator.crash.assets import Assets
from tests.emulator.crash.blobs import Blobs
from tests.emulator.crash.client import Client, Lost, Wrong
from tests.emulator.crash.endpoints import Endpoints
from tests.emulator.crash.families import Family
from tests.emulator.crash.jobs import Jobs
from tests.emulator.crash.server import Server
from tests.emulator.crash.tracking import Tracking

_SETTLING = 0.5
"""How often a client waits for the end of what it began before it goes on."""


class Actor:
    """One client. After each answer that was lost it checks everything that it knows."""

    def __init__(self, server: Server, name: str, seed: str, *, tracking: bool) -> None:
        self._random = Random(seed)
        self.client = Client(server)
        kinds: Sequence[type[Family]] = (Assets, Blobs, Endpoints, Jobs, *([Tracking] if tracking else []))
        self.families = [kind(self.client, name, Random(f"{seed}-{kind.__name__}")) for kind in kinds]
        self.problem: str | None = None
        self._pause = threading.Event()
        self._end = threading.Event()
        self._idle = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def acknowledged(self) -> int:
        """Writes that were acknowledged so far."""
        return sum(family.ledger.acknowledged_writes for family in self.families)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the present step, everything settled and checked."""
        self._end.set()
        self._thread.join()
        self.client.close()

    def _run(self) -> None:
        try:
            self._certainly(self._prepare)
            while not self._end.is_set():
                try:
                    self._step()
                except Lost:
                    self._certainly(self._check)
            self._certainly(self._check)
        except Wrong as error:
            self.problem = f"{self._thread.name}: {error}"
        except Exception as error:  # the thread's end is not to hide why
            self.problem = f"{self._thread.name}: {error!r}"

    def _prepare(self) -> None:
        for family in self.families:
            family.prepare()

    def _step(self) -> None:
        family = self._random.choice(self.families)
        if self._random.random() < _SETTLING:
            family.settle()
        family.step()

    def _check(self) -> None:
        for family in self.families:
            family.settle()
            family.check()

    @staticmethod
    def _certainly(work: Callable[[], None]) -> None:
        """Do it, again from the start whenever the server is killed meanwhile."""
        while True:
            try:
                work()
            except Lost:
                continue
            return
