"""One supervised process: a job's command, or one instance of a slot.

The command runs under a leash (leash.py), a small launcher that holds a pipe to this process, so that even `kill -9`
of the server leaves nothing running. Should the leash itself be killed, what the command started is known by a mark in
its environment, wherever it went; should the server be killed with it, the sweeper (sweeper.py) knows it as well.
"""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from retailctl.emulator.runners.environment import base_environment
from retailctl.emulator.runners.marks import MARKS
from retailctl.emulator.runners.running import StartFailed
from retailctl.emulator.runners.sweeper import MARK, kill_marked
from retailctl.emulator.starting import start_patiently

_LEASH = Path(__file__).with_name("leash.py")


class _LauncherKilled(StartFailed):
    """The leash ended before it said a word: nothing that is wrong with the command."""


class RunningProcess:
    """A command that runs in a session of its own, with its output in one file; a `Running`.

    `pid` is the command's own process id, `root_pid` the leash's, under which everything that the command starts
    stays. `returncode` is None while it runs, then the exit code, or minus the signal's number as in `subprocess`.
    """

    out_of_memory = False
    """Nothing limits a process's memory here."""

    def __init__(self, leash: Process, pid: int, log_file: Path, mark: str) -> None:
        self.pid = pid
        self.root_pid = leash.pid
        self.log_file = log_file
        self.returncode: int | None = None
        self._leash = leash
        self._mark = mark
        self._ended = asyncio.create_task(self._watch())

    @property
    def ending(self) -> str:
        """`exited with code 3` or `was killed by SIGKILL`."""
        code = self.returncode or 0
        return f"exited with code {code}" if code >= 0 else f"was killed by {signal.Signals(-code).name}"

    async def wait(self) -> int:
        """The return code, once the command and everything it started have ended."""
        return await asyncio.shield(self._ended)

    async def stop(self, grace_s: float = 10.0) -> int:
        """SIGTERM to the whole tree, SIGKILL to what is left after `grace_s` seconds; the return code."""
        if self.returncode is None:
            assert self._leash.stdin is not None
            with contextlib.suppress(ConnectionError):  # it has just ended by itself
                self._leash.stdin.write(f"stop {grace_s}\n".encode())
                await self._leash.stdin.drain()
        return await self.wait()

    async def _watch(self) -> int:
        word, _, code = (await _line(self._leash)).partition(" ")
        if word != "ended":  # the leash was killed; its command is named by the process group that it got
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
            await asyncio.to_thread(kill_marked, self._mark)
        await _gone(self._leash)
        self.returncode = int(code) if word == "ended" else -signal.SIGKILL
        return self.returncode


async def start(
    command: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    log_file: Path,
    max_log_bytes: int | None = None,
) -> RunningProcess:
    """Start `command` in `cwd` with the base environment plus `environment`.

    stdout and stderr are appended to `log_file` (0600). With `max_log_bytes` the file is rotated once into
    `<log_file>.1`, so that both together stay below the limit; None keeps everything. Raises StartFailed. When
    cancelled, what was started has ended.
    """
    variables = base_environment() | dict(environment) | {MARK: MARKS.new()}
    launcher = [sys.executable, "-I", "-S", str(_LEASH), str(log_file), str(max_log_bytes or 0)]
    once = partial(_start, launcher, command, cwd, variables, log_file)
    starting = asyncio.create_task(start_patiently(once, _LauncherKilled))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        with contextlib.suppress(StartFailed):
            await (await starting).stop(grace_s=0)
        raise


async def _start(
    launcher: Sequence[str],
    command: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    log_file: Path,
) -> RunningProcess:
    try:
        leash = await asyncio.create_subprocess_exec(
            *launcher,
            *command,
            cwd=cwd,
            env=environment,
            stdin=PIPE,
            stdout=PIPE,
            start_new_session=True,  # Ctrl-C at the server's terminal must not reach jobs and slots
        )
    except (OSError, ValueError) as error:  # a folder that is not there; a NUL in a word
        raise StartFailed(f"Cannot run {command[0]} in {cwd}: {error}") from error
    word, _, rest = (await _line(leash)).partition(" ")
    if word == "started":
        return RunningProcess(leash, int(rest), log_file, environment[MARK])
    await _gone(leash)
    if not word:
        raise _LauncherKilled(f"Cannot run {command[0]} in {cwd}: its launcher was killed")
    raise StartFailed(f"Cannot run {command[0]} in {cwd}: {rest}")


async def _line(leash: Process) -> str:
    assert leash.stdout is not None
    return (await leash.stdout.readline()).decode().rstrip()


async def _gone(leash: Process) -> None:
    """Wait for the leash's end, and for the pipes as well: left open, they outlive the event loop."""
    assert leash.stdin is not None
    assert leash.stdout is not None
    await leash.stdout.read()
    leash.stdin.close()
    with contextlib.suppress(ConnectionError):
        await leash.stdin.wait_closed()
    await leash.wait()
