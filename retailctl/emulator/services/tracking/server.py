"""The MLflow server of one state folder: started when it is first asked for, and again when it has died.

It costs about 250 MB of memory and some seconds, so that nothing but a request to it starts it. It runs under the
leash of jobs and slots, and ends with this server however that ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import signal
import sys
from asyncio import StreamReader, StreamWriter
from pathlib import Path

from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.errors import UnusableState
from retailctl.emulator.runners import process
from retailctl.emulator.runners.process import RunningProcess
from retailctl.emulator.runners.running import StartFailed
from retailctl.emulator.services.tracking.places import TrackingPlaces
from retailctl.emulator.starting import start_patiently

_log = logging.getLogger(__name__)

_CHILD = Path(__file__).with_name("child.py")
_START_TIMEOUT_S = 120.0
_STOP_GRACE_S = 3.0
_POLL_S = 0.05
_LARGEST_LOG_BYTES = 4 * 2**20
_TAIL_CHARACTERS = 300
_DAMAGED = ("file is not a database", "database disk image is malformed")  # as SQLite says it
_ERROR = re.compile(r"^[\w.]*(?:Error|Exception): .*$", re.MULTILINE)
_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # a third process, for evaluations that are not offered here
    "MLFLOW_SERVER_ALLOWED_HOSTS": "localhost",
    "OPENBLAS_NUM_THREADS": "1",
}


class _Killed(Exception):
    """The process ended by SIGKILL: nothing that is wrong with it."""


class TrackingServer:
    """Owns the MLflow process; belongs to one event loop."""

    def __init__(self, places: TrackingPlaces) -> None:
        self._places = places
        self._process: RunningProcess | None = None
        self._starting: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process that runs now."""
        running = self._process
        return running.pid if running is not None and running.returncode is None else None

    async def start(self) -> None:
        """Return once it answers; everybody who asks meanwhile waits for one start. Raises ArmError (503)."""
        if self._starting is not None or self.pid is None:
            if self._starting is None:
                self._starting = asyncio.create_task(self._start())
                self._starting.add_done_callback(self._started)
            await asyncio.shield(self._starting)

    async def connect(self) -> tuple[StreamReader, StreamWriter]:
        """A connection to it, started if need be. Raises ArmError (503)."""
        while True:
            await self.start()
            running = self._process
            with contextlib.suppress(OSError):
                return await asyncio.open_unix_connection(self._places.server_socket)
            if running is not None:
                await running.stop(0)  # dead, and not known to be so before this returns

    async def stop(self) -> None:
        """End it, and remove its sockets."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        running, self._process = self._process, None
        if running is not None:
            await running.stop(_STOP_GRACE_S)
        await asyncio.to_thread(self._places.clear)

    def _started(self, task: asyncio.Task[None]) -> None:
        self._starting = None
        if not task.cancelled():
            task.exception()  # whoever waited has it; nobody may be left to

    async def _start(self) -> None:
        """Start it, again where somebody killed it before it answered. Raises ArmError (503)."""
        try:
            await start_patiently(self._start_once, _Killed)
        except _Killed as killed:
            raise _unavailable(str(killed)) from killed

    async def _start_once(self) -> None:
        places = self._places
        try:
            places.prepare()
            places.server_socket.unlink(missing_ok=True)
            command = [sys.executable, "-P", str(_CHILD)]
            command += [str(places.database), str(places.artifacts), str(places.server_socket)]
            started = await process.start(
                command,
                cwd=places.folder,
                environment=_ENVIRONMENT,
                log_file=places.log,
                max_log_bytes=_LARGEST_LOG_BYTES,
            )
        except (StartFailed, UnusableState) as error:
            raise _unavailable(str(error)) from error
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                await self._answering(started)
        except BaseException as error:
            await started.stop(0)
            if isinstance(error, TimeoutError):
                raise _unavailable(f"it did not answer within {_START_TIMEOUT_S:g} s") from error
            raise
        self._process = started
        _log.info("The MLflow server answers (process %d)", started.pid)

    async def _answering(self, started: RunningProcess) -> None:
        """Return once connections are accepted. Raises ArmError (503), _Killed when the process ended instead."""
        while True:
            if started.returncode == -signal.SIGKILL:
                raise _Killed("it was killed while it started")
            if started.returncode is not None:
                raise _unavailable(f"it {started.ending}; its last words: {await self._last_words()}")
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_unix_connection(str(self._places.server_socket))
                writer.close()
                return
            await asyncio.sleep(_POLL_S)

    async def _last_words(self) -> str:
        text = await asyncio.to_thread(self._places.log.read_text, "utf-8", "replace")
        return (_ERROR.findall(text) or text.splitlines() or ["none"])[-1][:_TAIL_CHARACTERS]


def _unavailable(reason: str) -> ArmError:
    message = f"The MLflow server cannot be started: {reason}. Its log is mlflow/server.log in the state folder."
    if any(words in reason for words in _DAMAGED):
        message += " Its database is damaged: remove mlflow/mlflow.db there to begin tracking afresh."
    return ArmError(503, "TrackingUnavailable", message)
