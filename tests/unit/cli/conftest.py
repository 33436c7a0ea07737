"""A command line whose work is recorded and not done, and the same with streams of the test's choice."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import typer

from retailctl.cli.app import execute
from retailctl.cli.context import Invocation
from retailctl.cli.options import OutputFlags
from retailctl.cli.runtime import Runtime, Streams


class Text(io.StringIO):
    """Text in memory that has bytes, too, as a process's streams have."""

    @property
    def buffer(self) -> io.BytesIO:
        return io.BytesIO(self.getvalue().encode())


class Terminal(Text):
    """Text that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Recorder(Invocation):
    """Keeps what a workflow was asked for, and ends the command there."""

    def run(self, workflow: Any, /, *request: Any, **options: Any) -> Any:
        self.settings  # noqa: B018  # a wrong setting is refused before any work
        assert isinstance(self.runtime, Recording)
        self.runtime.asked.append((workflow.__name__, *request))
        self.runtime.seen = self
        raise typer.Exit(0)

    each = run


@dataclass
class Recording(Runtime):
    """A runtime whose invocations record."""

    asked: list[tuple[Any, ...]] = field(default_factory=list)
    seen: Invocation | None = None

    def invocation(self, drawing: OutputFlags, flags: Mapping[str, object | None]) -> Invocation:
        return Recorder(self, drawing, flags)


@dataclass
class Ended:
    """A command line that ended."""

    code: int
    stdout: str
    stderr: str
    runtime: Runtime


Run = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Execute a command line in an empty folder and environment; ``kind`` is the runtime's class."""

    def line(
        *arguments: str,
        kind: type[Runtime] = Runtime,
        environ: Mapping[str, str] | None = None,
        terminal: bool = False,
        answer: str = "",
        **rest: Any,
    ) -> Ended:
        stream = Terminal if terminal else Text
        streams = Streams(stream(answer), stream(), stream())
        runtime = kind(environ=dict(environ or {}), cwd=tmp_path, streams=lambda: streams, **rest)
        code = execute(arguments, runtime)
        return Ended(code, streams.stdout.getvalue(), streams.stderr.getvalue(), runtime)  # type: ignore[attr-defined]

    return line


@pytest.fixture
def asked(run: Run) -> Iterator[Callable[..., Any]]:
    """The request that a command line makes of its workflow, which is not called."""

    def line(*arguments: str, environ: Mapping[str, str] | None = None) -> Any:
        ended = run(*arguments, kind=Recording, environ=environ)
        assert ended.code == 0, ended.stderr
        assert isinstance(ended.runtime, Recording)
        return ended.runtime.asked[0][1]

    return line
