"""One supervised process: a job's command, or one instance of a slot.

The command runs under a leash, a small launcher that holds a pipe to this process, so that even `kill -9` of the
server leaves nothing running.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path


class StartFailed(Exception):
    """The command could not be started at all; the message names it and the system's reason."""


class RunningProcess:
    """A command that runs in a session of its own, with its output in one file.

    `pid` is the command's own process id. `returncode` is None while it runs, then the exit code, or minus the
    signal's number as in `subprocess`.
    """

    pid: int
    log_file: Path
    returncode: int | None

    async def wait(self) -> int:
        """The return code, once the command and everything it started have ended."""
        raise NotImplementedError

    async def stop(self, grace_s: float = 10.0) -> int:
        """SIGTERM to the whole tree, SIGKILL to what is left after `grace_s` seconds; the return code."""
        raise NotImplementedError


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
    `<log_file>.1`, so that both together stay below the limit; None keeps everything. Raises StartFailed.
    """
    raise NotImplementedError
