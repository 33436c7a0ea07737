"""Log lines as one JSON object each on stderr, the service's own and uvicorn's alike.

Bodies and headers other than the two request ids are never logged: they may hold a customer's data or a key. A line
that stderr does not take at once is dropped and counted: the service never waits for whoever reads its log.
"""

from __future__ import annotations

import logging
import os
import stat
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

LOGGER = logging.getLogger("serving")
LIBRARIES = ("uvicorn", "asyncio", "azure", "opentelemetry")
"""Whose warnings and errors are logged as well."""
SELDOM_SECONDS = 60.0
_STDERR = 2


def json_line(level: str, message: str, fields: Mapping[str, Any]) -> bytes:
    """One line, without its end; ``fields`` may say otherwise, of a child's pid for one."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"time": now, "level": level, "message": message, "pid": os.getpid(), **fields}
    return orjson.dumps(line, default=str)


class LineWriter:
    """Writes lines to a file descriptor without ever waiting, or failing, for it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._dropped = 0
        self._torn = b""

    def write(self, line: bytes) -> None:
        """One line, without its end. Dropped ones are counted in a line of their own once there is room again."""
        if self._dropped:
            line = json_line("WARNING", "log lines dropped", {"lines": self._dropped}) + b"\n" + line
        whole = self._torn + line + b"\n"
        try:
            written = os.write(self._descriptor, whole)
        except OSError:  # full, closed or broken: nobody reads
            self._dropped += 1
            return
        self._dropped = 0
        self._torn = b"" if written == len(whole) else b"\n"


class JsonLines(logging.Handler):
    """A record as {"time", "level", "message", "pid", ...}; ``extra={"fields": {...}}`` adds to it."""

    def __init__(self, slot: str, writer: LineWriter) -> None:
        super().__init__()
        self._constant = {"slot": slot} if slot else {}
        self._writer = writer
        self.secrets: tuple[str, ...] = ()
        """Never written: stars stand in their place."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            fields = dict(getattr(record, "fields", {}))
            if record.exc_info:
                fields["exception"] = logging.Formatter().formatException(record.exc_info)
            self._writer.write(self._scrubbed(self._line(record.levelname, record.getMessage(), fields)))
        except Exception:  # as logging.raiseExceptions would print to stderr
            self._writer.write(self._line("ERROR", "a log record could not be written", {"logger": record.name}))

    def request(self, level: str, fields: dict[str, Any]) -> None:
        """The one line of a request, past logging's own machinery, which costs more than the line."""
        self._writer.write(self._line(level, "request", fields))

    def _line(self, level: str, message: str, fields: dict[str, Any]) -> bytes:
        return json_line(level, message, self._constant | fields)

    def _scrubbed(self, line: bytes) -> bytes:
        for secret in self.secrets:
            line = line.replace(secret.encode(), b"***")
        return line


class Seldom(logging.Filter):
    """Lets a library complain of the same thing once a minute: one that retries does so every time."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        place = record.pathname, record.lineno
        if record.name == LOGGER.name or record.created - self._told.get(place, 0.0) >= SELDOM_SECONDS:
            self._told[place] = record.created
            return True
        return False


def set_up_logs(level: str, slot: str) -> None:
    """Sends this service's records, and its libraries' warnings, to stderr, one JSON line each."""
    handler = JsonLines(slot, LineWriter(_unblocked_stderr()))
    handler.addFilter(Seldom())
    for name, lowest in (("serving", level), *((library, "WARNING") for library in LIBRARIES)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(lowest)
        logger.propagate = False


def json_lines() -> JsonLines | None:
    """The handler that ``set_up_logs`` made; None where the service is part of another program, whose logs are its."""
    return next((handler for handler in LOGGER.handlers if isinstance(handler, JsonLines)), None)


def _unblocked_stderr() -> int:
    """A descriptor of stderr whose writes never wait; stderr itself where they do not anyway, as on a file.

    A pipe is opened anew where that is allowed, because the flag would also hold for everybody who shares it. Where it
    is not, in a container of another user, nobody does.
    """
    if sys.stderr is None:  # closed before the start; a socket may have its number by now
        return os.open(os.devnull, os.O_WRONLY)
    kind = os.fstat(_STDERR).st_mode
    if not (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind) or os.isatty(_STDERR)):
        return _STDERR
    try:
        return os.open(f"/proc/self/fd/{_STDERR}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        os.set_blocking(_STDERR, False)
        return _STDERR
