"""Draws what workflows tell: live on a terminal, a line a change elsewhere, JSON lines, or nothing."""

import json
import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from retailctl.cli.output import Output
from retailctl.domain.durations import format_duration
from retailctl.domain.progress import Part
from retailctl.workflows.events import (
    Caution,
    Event,
    LogLine,
    Notice,
    StepDone,
    StepProgress,
    StepStarted,
    Underway,
)

if TYPE_CHECKING:
    from rich.console import Group
    from rich.live import Live

LIVE_AFTER_S = 0.2
"""A step that takes less is never drawn live: drawing means loading Rich, which would take longer than the step."""
TAIL_LINES = 8
_NUMBERS = re.compile(r"\d[\d.]*\w*")
_MARKS = {
    "done": ("✓", "green"),
    "unchanged": ("=", "cyan"),
    "skipped": ("-", "dim"),
    "failed": ("✗", "red"),
    "stopped": ("-", "yellow"),
}


class Renderer(Protocol):
    """Listens to a workflow's events between its start and end."""

    def __call__(self, event: Event) -> None:
        """Draw one event."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was found."""
        ...


@contextmanager
def rendering(out: Output, *, live: bool = True) -> Iterator[Renderer]:
    """The renderer that the options and the terminal call for, closed at the end come what may.

    ``live`` is off where stdout is written to meanwhile, which would tear a drawing on the same terminal.
    """
    renderer = _choose(out, live)
    try:
        yield renderer
    finally:
        renderer.close()


def _choose(out: Output, live: bool) -> Renderer:
    wanted = out.flags.progress
    if wanted == "none" or (wanted == "auto" and out.flags.quiet):
        return Silent()
    if wanted == "json":
        return JsonLines(out)
    if live and (wanted == "live" or (wanted == "auto" and out.paint_err.on and not out.flags.debug)):
        return LiveScene(out)
    return Lines(out)


class Silent:
    """Draws nothing."""

    def __call__(self, event: Event) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class JsonLines:
    """One JSON object an event, on stderr."""

    def __init__(self, out: Output) -> None:
        self._out = out

    def __call__(self, event: Event) -> None:
        """One line."""
        self._out.complain(json.dumps({"event": type(event).__name__, **asdict(event)}))

    def close(self) -> None:
        """Nothing."""


class Lines:
    """One line a change, for logs of CI and for pipes."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._progress = ""

    def __call__(self, event: Event) -> None:
        """At most one line; progress that differs in its numbers alone, such as the time waited, is no change."""
        if isinstance(event, StepProgress):
            before, self._progress = self._progress, _NUMBERS.sub("", event.text)
            if before == self._progress:
                return
        line = self._line(event)
        if line is not None:
            self._out.complain(line)

    def close(self) -> None:
        """Nothing."""

    def _line(self, event: Event) -> str | None:
        match event:
            case StepStarted(text=text):
                return f"{text} ..."
            case StepProgress(text=text):
                return f"  {text}"
            case StepDone():
                return done_line(event, self._out)
            case LogLine(source=source, text=text, passing=passing):
                return None if passing and not self._out.flags.verbose else f"{source} | {text}"
            case Notice(text=text):
                return text
            case Caution(text=text):
                return warning_line(text, self._out)
            case Underway():
                return None


def warning_line(text: str, out: Output) -> str:
    """Something that may not be what the user wants."""
    return f"{out.paint_err('Warning:', 'yellow', 'bold')} {text}"


def done_line(event: StepDone, out: Output) -> str:
    """The last word on a step: mark, text, outcome where it is not plain success, time it took."""
    mark, style = _MARKS.get(event.outcome, _MARKS["done"])
    outcome = "" if event.outcome == "done" else f" ({event.outcome})"
    took = format_duration(event.seconds) if event.seconds >= 0.05 else ""
    return f"{out.paint_err(mark, style)} {event.text}{outcome}  {out.paint_err(took, 'dim')}".rstrip()


class LiveScene:
    """Ended steps stay as lines; the one under way turns, with its time and the tail of its log under it.

    Rich's refreshing thread draws while a workflow waits; a lock keeps the two apart.
    """

    def __init__(self, out: Output) -> None:
        self._out = out
        self._lock = threading.RLock()
        self._running: dict[str, tuple[str, float]] = {}
        self._progress: dict[str, str] = {}
        self._parts: tuple[Part, ...] = ()
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._tail_passes = False
        self._live: Live | None = None
        self._curtain: threading.Timer | None = None
        self._closed = False

    def __call__(self, event: Event) -> None:
        """Take the event into the scene."""
        with self._lock:
            match event:
                case StepStarted(step=step, text=text):
                    self._begin(step, text)
                case StepProgress(step=step, text=text, parts=parts):
                    self._progress[step] = text
                    self._parts = parts
                case StepDone():
                    self._end(event)
                case LogLine(text=text, passing=passing):
                    self._log(text, passing)
                case Notice(text=text):
                    self._print(self._out.paint_err(text, "dim"))
                case Caution(text=text):
                    self._print(warning_line(text, self._out))
                case Underway():
                    pass

    def close(self) -> None:
        """Take the live part off the terminal; lines stay."""
        with self._lock:
            self._closed = True
            curtain, live = self._curtain, self._live
            self._curtain = self._live = None
        if curtain:
            curtain.cancel()
            curtain.join()
        if live:
            live.stop()

    def _begin(self, step: str, text: str) -> None:
        self._running[step] = (text, time.monotonic())
        self._tail.clear()
        if self._live is None and self._curtain is None:
            self._curtain = threading.Timer(LIVE_AFTER_S, self._raise_curtain)
            self._curtain.daemon = True
            self._curtain.start()

    def _end(self, event: StepDone) -> None:
        self._running.pop(event.step, None)
        self._progress.pop(event.step, None)
        self._parts = ()
        # How good a model became is in the last lines; a failure brings its own.
        if event.outcome == "done" and not self._tail_passes:
            for line in self._tail:
                self._print(self._out.paint_err(f"  │ {line}", "dim"))
        self._tail.clear()
        self._print(done_line(event, self._out))

    def _log(self, text: str, passing: bool) -> None:
        self._tail_passes = passing
        if self._out.flags.verbose:
            self._print(self._out.paint_err(text, "dim"))
        else:
            self._tail.append(text)

    def _raise_curtain(self) -> None:
        from rich.console import Console
        from rich.live import Live

        with self._lock:
            if self._closed or self._live:
                return
            console = Console(file=self._out.streams.stderr, force_terminal=True, highlight=False)
            self._live = Live(
                get_renderable=self._scene,
                console=console,
                refresh_per_second=10,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,  # the SDK's wrapper of stderr is in force while it works
            )
            self._live.start()

    def _print(self, line: str) -> None:
        """A line that stays, above the live part."""
        if self._live is None:
            self._out.complain(line)
        else:
            from rich.text import Text

            self._live.console.print(Text.from_ansi(line), soft_wrap=True)

    def _scene(self) -> "Group":
        """What is drawn now: called by Rich's thread, ten times a second."""
        from rich.console import Group

        with self._lock:
            steps = [self._step(step, text, began) for step, (text, began) in self._running.items()]
            return Group(*steps, *self._bars(), *self._tail_lines())

    def _step(self, step: str, text: str, began: float) -> Any:
        from rich.spinner import Spinner
        from rich.table import Table
        from rich.text import Text

        elapsed = time.monotonic() - began
        row = Table.grid(padding=(0, 1))
        spinner = Spinner("line" if self._live and self._live.console.options.ascii_only else "dots", style="cyan")
        spinner.start_time = began
        words = Text(text, style="bold")
        words.append(f"  {format_duration(elapsed) if elapsed >= 1 else ''}", style="dim")
        words.append(f"  {self._progress.get(step, '')}", style="cyan not bold")
        row.add_row(spinner.render(time.monotonic()), words)
        return row

    def _bars(self) -> list[Any]:
        """A bar for each part of the step that is under way."""
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        bars = Table.grid(padding=(0, 1))
        for part in self._parts:
            figures = f"{part.done / 1e6:.1f}" + (f" of {part.total / 1e6:.1f} MB" if part.total else " MB")
            bar = ProgressBar(part.total or None, part.done, width=24, pulse=not part.total)
            bars.add_row(Text(f"  │ {part.name}", style="dim"), bar, Text(figures, style="dim"))
        return [bars] if self._parts else []

    def _tail_lines(self) -> list[Any]:
        from rich.text import Text

        return [Text(f"  │ {line}", style="dim", no_wrap=True, overflow="ellipsis") for line in self._tail]
