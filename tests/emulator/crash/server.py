"""The server under test: a real process on one state folder, started, killed at any moment and started again."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path

from retailctl.emulator.connection import Connection
from tests.emulator.crash import processes
from tests.search_path import search_path

_START_TIMEOUT_S = 120.0
_END_TIMEOUT_S = 15.0
_POLL_S = 0.02
_COMMAND = (sys.executable, "-m", "retailctl.emulator", "serve", "--runner", "process")


class DidNotStart(Exception):
    """The server ended while starting, or said that it cannot."""


class Server:
    """One server after the other on `folder/state`. Clients ask `generation` and `wait`, the main thread kills."""

    def __init__(self, folder: Path, runners: object) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.connection: Connection | None = None
        self.generation = 0
        self.start_s = 1.0
        """How long the last start took: the pauses between kills keep to the machine's speed."""
        self.hits_on_jobs = 0
        """Kills that may have ended a job."""
        self._runners = folder / "runners.json"
        self._runners.write_text(json.dumps(runners))
        self._process: subprocess.Popen[bytes] | None = None
        self._report = -1
        self._spawned = 0.0
        self._answers = threading.Event()

    @property
    def pid(self) -> int:
        """The process that runs now."""
        assert self._process is not None
        return self._process.pid

    def spawn(self) -> None:
        """Start a process, without waiting for it."""
        self._report, writing = os.pipe()
        self._spawned = time.monotonic()
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*_COMMAND, "--state", self.state, "--runners", self._runners, "--report-to", str(writing)],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": search_path()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[writing],
                start_new_session=True,
            )
        os.close(writing)

    def ready(self) -> Connection:
        """Wait until what was spawned answers, and let clients go on. Raises DidNotStart."""
        content, deadline = b"", time.monotonic() + _START_TIMEOUT_S
        while select.select([self._report], [], [], max(0.0, deadline - time.monotonic()))[0]:
            chunk = os.read(self._report, 65536)
            if not chunk:
                break
            content += chunk
        os.close(self._report)
        report = json.loads(content or b"{}")
        if "connection" not in report:
            raise DidNotStart(f"the server did not start: {report or 'it said nothing'}")
        connection: Connection = report["connection"]
        self.connection = connection
        self.start_s = time.monotonic() - self._spawned
        self._answers.set()
        return connection

    def kill(self) -> None:
        """SIGKILL, at whatever it is doing; clients wait from now on."""
        self._answers.clear()
        self.generation += 1
        self.hits_on_jobs += 1
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def forget_start(self) -> None:
        """Drop the report of a process that was killed while it started."""
        os.close(self._report)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self._answers.clear()
        self.generation += 1
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(60)

    def await_answers(self) -> bool:
        """Wait until a server answers; False when none does in time."""
        return self._answers.wait(_START_TIMEOUT_S)

    def went_down(self, since: int) -> bool:
        """Whether the server of this generation has been killed."""
        return self.generation != since or not self._answers.is_set()

    def orphans(self) -> list[str]:
        """What still runs a while after the server has ended, by command line; nothing may."""
        deadline = time.monotonic() + _END_TIMEOUT_S
        while found := processes.carriers(self.folder):
            if time.monotonic() > deadline:
                return [f"{each.pid} {' '.join(each.cmdline())}" for each in found if each.is_running()]
            time.sleep(_POLL_S)
        return []
