"""The sweeper: a program that ends what a killed server's jobs and slots left, where their leashes no longer can.

    python -P sweeper.py MARK

A leash (leash.py) ends its command when the server dies. When both are killed, what the command had started in the
background is nobody's: it is known by a mark in its environment. stdin is a pipe from the server: the word `done`
dismisses the sweeper, and the pipe's end, which the kernel delivers however the server died, makes it look. It loads
psutil only then, so that a waiting sweeper costs little. A server uses `kill_marked` itself for a leash that was
killed alone, and for what a sweeper that was killed as well has left.
"""

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

MARK = "RETAILCTL_PROCESS"
"""Environment variable of everything that runs under a leash: the server's own mark, `/`, the command's."""
_LEASHES_TAKE_S = 6.0  # their grace, and the time that processes need to end
_POLL_S = 0.2
_LONGEST_S = 10.0
_PAUSE_S = 0.01


def kill_marked(prefix: str) -> bool:
    """End what carries such a mark, again until a look finds nothing: processes may fork meanwhile.

    False when something does not end, as a process that hangs in the kernel.
    """
    deadline = time.monotonic() + _LONGEST_S
    while found := _marked(prefix):
        if time.monotonic() > deadline:
            return False
        for process in found:
            _kill(process)
        time.sleep(_PAUSE_S)
    return True


def _marked(prefix: str) -> list["psutil.Process"]:
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK, "").startswith(prefix) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):  # ended meanwhile, or somebody else's
            continue
    return found


def _kill(process: "psutil.Process") -> None:
    import psutil

    try:
        process.kill()
    except psutil.Error:  # ended meanwhile
        return


def _is_leash(process: "psutil.Process") -> bool:
    import psutil

    try:
        return any(word.endswith("leash.py") for word in process.cmdline())
    except psutil.Error:
        return False


def main() -> None:
    """Wait for the server's end; then for the leashes, which know how to end their commands; then end what is left."""
    if b"done" in sys.stdin.buffer.read():
        return
    mark, deadline = sys.argv[1], time.monotonic() + _LEASHES_TAKE_S
    while any(_is_leash(process) for process in _marked(mark)) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    kill_marked(mark)


if __name__ == "__main__":
    main()
