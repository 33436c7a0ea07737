"""What the process gives to a command line: streams, environment, folder, clock. Tests hand in their own."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from retailctl.azureml.workspace import Workspace
    from retailctl.cli.context import Invocation
    from retailctl.cli.options import OutputFlags
    from retailctl.config.connection import Connection
    from retailctl.domain.clock import Clock


@dataclass(frozen=True)
class Streams:
    """What the process reads and writes."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO

    @classmethod
    def process(cls) -> "Streams":
        """The process's own, as they are now; one that was closed before the start (``>&-``) is as /dev/null."""
        return cls(sys.stdin or _nothing("r"), sys.stdout or _nothing("w"), sys.stderr or _nothing("w"))


def _nothing(mode: str) -> TextIO:
    return Path(os.devnull).open(mode, encoding="utf-8")  # type: ignore[return-value]


@dataclass
class Runtime:
    """The surroundings of one command line, cheap to make: nothing is opened, and little is imported, for ``--help``.

    ``underway`` is what would go on in the workspace if the command stopped now: what it is -> how to look at it.
    ``flags`` is what the line said of settings, by their names; ``spell`` completes the commands in hints with it.
    """

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    cwd: Path | None = None
    streams: Callable[[], Streams] = Streams.process
    underway: dict[str, str] = field(default_factory=dict)
    flags: Mapping[str, object | None] = field(default_factory=dict)
    spell: Callable[[str], str] = str

    def invocation(self, drawing: "OutputFlags", flags: Mapping[str, object | None]) -> "Invocation":
        """What a command's body gets."""
        from retailctl.cli.context import Invocation

        return Invocation(self, drawing, flags)

    def clock(self) -> "Clock":
        """The clock of every wait."""
        from retailctl.domain.clock import SystemClock

        return SystemClock()

    def open_workspace(self, connection: "Connection", trace: Callable[[str], None] | None) -> "Workspace":
        """A client of the workspace at the end of ``connection``; ``trace`` gets a line a request."""
        from retailctl.azureml.workspace import Workspace

        return Workspace(connection, clock=self.clock(), trace=trace)
