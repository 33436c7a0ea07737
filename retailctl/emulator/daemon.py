"""The local Azure ML as a background process: started, looked at, stopped and reset by its state folder.

Importing this module costs next to nothing, because every command on the local profile does.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from retailctl.emulator import connection as connections
from retailctl.emulator.connection import Connection
from retailctl.emulator.errors import AlreadyRunning, NotRunning, StartFailed, UnusableState, from_code
from retailctl.emulator.store.folder import PRIVATE_FILE, StateFolder, StateLock, make_private

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 60.0
_POLL_S = 0.02
# Of glibc: few heaps for all threads, and large buffers (uploads, downloads, TLS) given back when they are freed. By
# default it counts ever larger ones as small, and heaps keep the size that they once had.
_MEMORY = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


def status(state: Path) -> Connection | None:
    """How to reach the server on this state folder, or None when none runs."""
    running = connections.read(state)
    if running is None:
        return None
    # The process may be another one that got the number of a server that was killed.
    return running if is_held(state) else None


def is_held(state: Path) -> bool:
    """Whether a process holds this state folder: a server, also one that is starting or cannot be reached."""
    folder = StateFolder(state.resolve())
    if not folder.lock_file.exists():
        return False
    lock = _try_lock(folder)
    if lock is not None:
        lock.release()
    return lock is None


def log_file(state: Path) -> Path:
    """What the background server wrote."""
    return StateFolder(state).log


def start(
    state: Path,
    runners: Path | None = None,
    port: int = 0,
    timeout_s: float = START_TIMEOUT_S,
    pace: str | None = None,
    runner: str = "auto",
    loose: bool = False,
) -> Connection:
    """Start a server in a session of its own and return once it answers; one that runs already is returned.

    Raises EmulatorError: PortTaken, CorruptState, UnusableState, InvalidRunners, EngineUnavailable, or StartFailed.
    """
    running = status(state)
    if running is not None:
        return running
    if is_held(state):
        return _other(state, timeout_s)
    folder = StateFolder(state.resolve())
    make_private(folder.root)
    reading, writing = os.pipe()
    try:
        process = _spawn(
            folder, [*_arguments(folder, runners, port, pace, runner), *(["--loose"] if loose else [])], writing
        )
    finally:
        os.close(writing)
    try:
        return _report(process, reading, timeout_s)
    except AlreadyRunning:
        return _other(state, timeout_s)
    finally:
        os.close(reading)


def _arguments(folder: StateFolder, runners: Path | None, port: int, pace: str | None, runner: str) -> list[str]:
    given = [*(["--runners", str(runners)] if runners else []), *(["--pace", pace] if pace else [])]
    place = ["--state", str(folder.root), "--log", str(folder.log)]
    return ["serve", *place, "--port", str(port), "--runner", runner, *given]


def _spawn(folder: StateFolder, arguments: list[str], report_to: int) -> subprocess.Popen[bytes]:
    try:
        descriptor = os.open(folder.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE_FILE)
    except OSError as error:
        raise UnusableState(f"Cannot write the log {folder.log}: {error.strerror or error}.") from error
    # A checkout that is not installed is found as well; jobs and slots do not inherit this.
    search_path = os.pathsep.join(filter(None, [str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH")]))
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "retailctl.emulator", *arguments, "--report-to", str(report_to)],
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=True,
            pass_fds=[report_to],
            env={**_MEMORY, **os.environ, "PYTHONPATH": search_path},
            cwd=folder.root,
        )
    finally:
        os.close(descriptor)


def _report(process: subprocess.Popen[bytes], reading: int, timeout_s: float) -> Connection:
    """What the new server says of itself: its connection, or why there is none."""
    content, deadline = b"", time.monotonic() + timeout_s
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            process.kill()
            process.wait()
            raise StartFailed(f"The local Azure ML did not answer within {timeout_s:g} s.")
        chunk = os.read(reading, 65536)
        if not chunk:
            break
        content += chunk
    if not content:
        raise StartFailed(f"The local Azure ML ended while starting (exit code {process.wait()}).")
    report: dict[str, Any] = json.loads(content)
    if "error" in report:
        process.wait()
        raise from_code(report["error"]["code"], report["error"]["message"])
    connection: Connection = report["connection"]
    return connection


def _other(state: Path, timeout_s: float) -> Connection:
    """The server that somebody else is starting at this moment, once it answers."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        running = status(state)
        if running is not None:
            return running
        time.sleep(_POLL_S)
    holder = StateLock(StateFolder(state.resolve())).holder()
    raise AlreadyRunning(f"Process {holder or 'unknown'} holds the state folder {state}, and no server answers there.")


def stop(state: Path, timeout_s: float = STOP_TIMEOUT_S) -> None:
    """End the server and what it runs; returns when it is gone. Raises NotRunning, StartFailed when it does not end.

    What holds the folder counts, so that a server is stopped whose connection file was damaged.
    """
    folder, lock = StateFolder(state.resolve()), None
    if not is_held(state):
        raise NotRunning(f"Nothing serves the state folder {state}.")
    holder = StateLock(folder).holder()
    if holder is None:
        raise StartFailed(f"Some process holds {folder.lock_file}, and does not say which; end it (`fuser` names it).")
    with suppress(ProcessLookupError):  # it has just ended
        os.kill(holder, signal.SIGTERM)
    deadline = time.monotonic() + timeout_s
    while lock is None:
        lock = _try_lock(folder)
        if lock is None and time.monotonic() > deadline:
            raise StartFailed(f"The server (process {holder}) does not end.")
        if lock is None:
            time.sleep(_POLL_S)
    lock.release()


def remove_containers(state: Path) -> None:
    """Remove what a killed server on this folder left in the Docker engine; nothing where a server runs."""
    folder = StateFolder(state.resolve())
    if folder.containers.exists() and status(state) is None:
        from retailctl.emulator.runners.containers.leftovers import remove_leftovers

        remove_leftovers(folder.root, folder.containers)


def reset(state: Path) -> None:
    """Delete everything in the state folder.

    Raises AlreadyRunning while a server runs on it, UnusableState for a folder around the home or working folder.
    """
    folder = StateFolder(state.resolve())
    if not folder.root.is_dir():
        return
    if any(place.is_relative_to(folder.root) for place in (Path.home().resolve(), Path.cwd())):
        raise UnusableState(f"The state folder {state} holds your home or working folder; nothing was deleted.")
    lock = _try_lock(folder)
    if lock is None:
        raise AlreadyRunning(f"A server runs on the state folder {state}; stop it first.")
    try:
        folder.clear()
    finally:
        lock.release()


def _try_lock(folder: StateFolder) -> StateLock | None:
    lock = StateLock(folder)
    try:
        lock.acquire()
    except AlreadyRunning:
        return None
    return lock
