"""The SDK's own words kept off the user's terminal: its prints, log records and warnings go to the trace."""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, TextIO

from retailctl.azureml.policies import Trace
from retailctl.domain.redaction import short

_LOGGERS = ("azure", "azure.ai.ml", "msal")
_RESET = "\x1b[39m\n"
"""What the SDK's uploads print to stderr when they are done, followed by a line end; colour for nobody."""


def import_sdk() -> ModuleType:
    """azure.ai.ml, without the handler that it puts on stderr for its loggers as it is imported."""
    sdk: ModuleType = importlib.import_module("azure.ai.ml")
    logger = logging.getLogger("azure.ai.ml")
    logger.handlers[:] = [logging.NullHandler(), *(each for each in logger.handlers if isinstance(each, _Records))]
    return sdk


@contextlib.contextmanager
def quiet(trace: Trace | None) -> Iterator[None]:
    """While open, nothing that the SDK prints, logs or warns of reaches the terminal.

    stdout is caught whole, for results alone belong there. stderr stays: progress of ours goes to it meanwhile.
    """
    stream = _Lines(trace, sys.stdout)
    stderr: Any = _WithoutResets(sys.stderr)
    with (
        contextlib.redirect_stdout(stream),
        contextlib.redirect_stderr(stderr),
        warnings.catch_warnings(),
        _records_to(stream),
    ):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def environment(changes: Mapping[str, str | None]) -> Iterator[None]:
    """While open, these variables are set so (None: unset); afterwards they are as before."""
    before = {name: os.environ.get(name) for name in changes}
    _set(changes)
    try:
        yield
    finally:
        _set(before)


class _Lines(io.TextIOBase):
    """A text stream whose lines go to a listener, for whom stdout is as it was outside."""

    def __init__(self, tell: Trace | None, outside: TextIO) -> None:
        super().__init__()
        self._tell = tell
        self._outside = outside
        self._rest = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self.pass_on(line)
        return len(text)

    def pass_on(self, line: str) -> None:
        """One whole line, for the listener."""
        if self._tell and line.strip():
            with contextlib.redirect_stdout(self._outside):
                self._tell(f"azure-ai-ml: {short(line)}")


class _WithoutResets:
    """A stream as it is, less the SDK's bare colour resets."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._after_reset = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        dropped = text == _RESET or (self._after_reset and text == "\n")
        self._after_reset = text == _RESET
        return len(text) if dropped else self._stream.write(text)


class _Records(logging.Handler):
    """Log records of warning and above, as lines of a stream."""

    def __init__(self, stream: _Lines) -> None:
        super().__init__(logging.WARNING)
        self._lines = stream

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.pass_on(record.getMessage())


@contextlib.contextmanager
def _records_to(stream: _Lines) -> Iterator[None]:
    handler = _Records(stream)
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [logger.propagate for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
    try:
        yield
    finally:
        for logger, propagate in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.propagate = propagate


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
