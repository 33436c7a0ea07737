"""The background server's log: rotated while it is written, for a server that runs for months."""

from __future__ import annotations

import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

MOST_BYTES = 5 * 2**20
_STDOUT, _STDERR = 1, 2


class ServerLog(RotatingFileHandler):
    """Writes into `file`, rotated once into `<file>.1`, so that neither grows beyond `most_bytes`.

    The process's own output goes there as well and moves along: what an interpreter says that dies is not lost.
    """

    def __init__(self, file: Path, most_bytes: int = MOST_BYTES) -> None:
        super().__init__(file, maxBytes=most_bytes, backupCount=1, encoding="utf-8")
        self._lead_output_here()

    def doRollover(self) -> None:  # noqa: N802 - the name that logging calls
        """Begin the file anew."""
        super().doRollover()
        self._lead_output_here()

    def _lead_output_here(self) -> None:
        assert self.stream is not None  # opened at once
        for descriptor in (_STDOUT, _STDERR):
            os.dup2(self.stream.fileno(), descriptor)
