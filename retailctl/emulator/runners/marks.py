"""The marks of what this process runs, and the sweeper that outlives it: one for all servers of a process.

Servers say when they begin and end, so that the last one dismisses the sweeper.
"""

import os
import subprocess
import sys
import threading
from pathlib import Path
from uuid import uuid4

from retailctl.emulator.runners.environment import base_environment

_SWEEPER = Path(__file__).with_name("sweeper.py")


class Marks:
    """Gives marks out; thread-safe, since each server has a thread of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pid = 0
        self._own = ""
        self._servers = 0
        self._sweeper: subprocess.Popen[bytes] | None = None

    @property
    def own(self) -> str:
        """With what every mark of this process begins. A fork is another process."""
        with self._lock:
            if self._pid != os.getpid():
                self._pid, self._own, self._servers, self._sweeper = os.getpid(), uuid4().hex, 0, None
            return self._own

    def new(self) -> str:
        """A mark for one command; from now on a sweeper waits for the end of the servers of this process."""
        own = self.own
        with self._lock:
            if self._servers and (self._sweeper is None or self._sweeper.poll() is not None):
                self._sweeper = _start(own)
        return f"{own}/{uuid4().hex}"

    def begin(self) -> str:
        """A server starts; with what its marks begin."""
        own = self.own
        with self._lock:
            self._servers += 1
        return own

    def end(self) -> None:
        """A server has ended, and nothing of it is left."""
        with self._lock:
            self._servers -= 1
            sweeper = self._sweeper
            if self._servers or sweeper is None:
                return
            self._sweeper = None
        assert sweeper.stdin is not None
        try:
            sweeper.communicate(b"done")
        except BrokenPipeError:  # it was killed
            sweeper.wait()


def _start(mark: str) -> subprocess.Popen[bytes]:
    # -P: its folder holds modules of ours, whose names are not to hide others.
    command = [sys.executable, "-P", str(_SWEEPER), mark]
    return subprocess.Popen(command, stdin=subprocess.PIPE, cwd="/", env=base_environment(), start_new_session=True)


MARKS = Marks()
