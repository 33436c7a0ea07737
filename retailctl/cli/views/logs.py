"""Log lines as they are, under their slot's name where there are several; for programs, an object a line."""

from retailctl.cli.output import Output
from retailctl.cli.paint import Paint
from retailctl.cli.views.split import slot_style
from retailctl.workflows.logs import LogChunk

_BROKEN = {"gap": "lines are missing here", "restart": "the container started anew here"}


class LogPrinter:
    """Prints chunks of logs on stdout, and what is wrong with them on stderr."""

    def __init__(self, out: Output, *, prefixed: bool) -> None:
        self._out = out
        self._prefixed = prefixed

    def __call__(self, chunk: LogChunk) -> None:
        """Every line of the chunk."""
        if chunk.broken:
            self._out.say(f"({chunk.slot}: {_BROKEN[chunk.broken]})", "dim")
        prefix = f"{_name(chunk.slot, self._out.paint)} " if self._prefixed else ""
        self._out.lines(chunk.lines, prefix=prefix, slot=chunk.slot, container=chunk.container)


def _name(slot: str, paint: Paint) -> str:
    return paint(slot, slot_style(slot)) + " |"
