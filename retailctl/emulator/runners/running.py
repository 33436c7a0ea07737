"""What a runner has started, whichever runner it was: something that ends with a code and can be stopped before."""

from pathlib import Path
from typing import Protocol


class StartFailed(Exception):
    """A command or a container could not be started at all; the message names it and the system's reason."""


class Running(Protocol):
    """A process or a container, with its output in one file."""

    @property
    def log_file(self) -> Path:
        """Where stdout and stderr go, in order."""

    @property
    def root_pid(self) -> int | None:
        """The process under which everything of it runs, for measuring; None where this machine cannot see it."""

    @property
    def returncode(self) -> int | None:
        """None while it runs, then the exit code, or minus a signal's number."""

    @property
    def out_of_memory(self) -> bool:
        """Whether it was killed because it passed its memory limit."""

    @property
    def ending(self) -> str:
        """How it ended, to follow "the container": `exited with code 3`."""

    async def wait(self) -> int:
        """The return code, once everything of it has ended."""

    async def stop(self, grace_s: float) -> int:
        """Ask it to end, kill it after `grace_s` seconds; the return code."""
