"""Log lines as one JSON object each on stderr, the service's own and uvicorn's alike.

Bodies and headers other than the two request ids are never logged: they may hold a customer's data or a key.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

import orjson

LOGGER = logging.getLogger("serving")


class JsonLines(logging.Formatter):
    """A record as {"time", "level", "message", ...}; ``extra={"fields": {...}}`` adds to it."""

    def __init__(self, slot: str) -> None:
        super().__init__()
        self._constant = {"slot": slot} if slot else {}

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "message": record.getMessage(),
            **self._constant,
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def set_up_logs(level: str, slot: str) -> None:
    """Sends this service's records and uvicorn's to stderr, one JSON line each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(slot))
    for name, lowest in (("serving", level), ("uvicorn", "WARNING")):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(lowest)
        logger.propagate = False
