"""The access log: one JSON line a request, in one file an endpoint, written by a thread of its own.

The router never waits for the disk: lines collect in memory and go to the thread a few times a second, and when the
disk is slower than the traffic the newest lines are dropped and counted. With an endpoint its files go.
"""

import contextlib
import logging
import queue
import threading
from collections.abc import Collection, Mapping
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import orjson

_MAX_FILE_BYTES = 16 * 2**20
_MAX_WAITING = 64  # batches
_Batches = dict[str, bytearray]
_Rotating = dict[str, RotatingFileHandler]


class AccessLog:
    """Lines for `<folder>/<endpoint>.access.jsonl`, rotated once at 16 MiB; files are private (0600)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._endpoints: frozenset[str] = frozenset()
        self._gone: set[str] = set()
        self._lines: _Batches = {}
        self._queue: queue.Queue[tuple[set[str], _Batches] | None] = queue.Queue(_MAX_WAITING)
        self._dropped = 0
        self._thread = threading.Thread(target=self._write, name="access-log", daemon=True)
        self._thread.start()

    def keep(self, endpoints: Collection[str]) -> None:
        """Log requests to these endpoints alone from now on; the files of those that went are removed."""
        gone, self._endpoints = self._endpoints.difference(endpoints), frozenset(endpoints)
        self._gone |= gone
        for endpoint in gone:
            self._lines.pop(endpoint, None)

    def add(self, endpoint: str, entry: Mapping[str, Any]) -> None:
        """Remember one line, unless the endpoint has gone while it answered."""
        if endpoint not in self._endpoints:
            return
        lines = self._lines.get(endpoint)
        if lines is None:
            lines = self._lines[endpoint] = bytearray()
        # Together in one buffer: orjson's own have 4 KiB, however short the line is.
        lines += orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE)

    def flush(self) -> None:
        """Hand what was added to the thread."""
        if not self._lines and not self._gone:
            return
        lines, self._lines = self._lines, {}
        count = sum(batch.count(b"\n") for batch in lines.values())
        if self._dropped:
            note = orjson.dumps({"dropped": self._dropped}, option=orjson.OPT_APPEND_NEWLINE)
            lines = {endpoint: bytearray(note) + batch for endpoint, batch in lines.items()}
        try:
            self._queue.put_nowait((self._gone, lines))
            self._dropped, self._gone = 0, set()
        except queue.Full:
            self._dropped += count

    def close(self) -> None:
        """Write what is left; waits for the thread."""
        self.flush()
        self._queue.put(None)
        self._thread.join(timeout=5)

    def _write(self) -> None:
        files: _Rotating = {}
        while (batch := self._queue.get()) is not None:
            gone, lines = batch
            for endpoint in gone:
                self._remove(endpoint, files)
            for endpoint in lines:
                with contextlib.suppress(OSError):  # a full disk costs the lines, not the log's thread
                    self._append(endpoint, lines[endpoint], files)
        for file in files.values():
            file.close()

    def _append(self, endpoint: str, lines: bytearray, files: _Rotating) -> None:
        if endpoint not in files:
            files[endpoint] = _open(self._file(endpoint))
        text = lines[:-1].decode()  # the handler ends the last line
        files[endpoint].emit(logging.LogRecord(endpoint, logging.INFO, "", 0, text, None, None))

    def _remove(self, endpoint: str, files: _Rotating) -> None:
        if endpoint in files:
            files.pop(endpoint).close()
        file = self._file(endpoint)
        for each in (file, file.with_name(f"{file.name}.1")):
            with contextlib.suppress(OSError):
                each.unlink(missing_ok=True)

    def _file(self, endpoint: str) -> Path:
        return self._folder / f"{endpoint}.access.jsonl"


def _open(file: Path) -> RotatingFileHandler:
    file.touch(mode=0o600)
    return RotatingFileHandler(file, maxBytes=_MAX_FILE_BYTES, backupCount=1, encoding="utf-8")
