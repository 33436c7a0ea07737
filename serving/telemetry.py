"""Around every request: its ids, its latency, one log line, the counters, and the last resort against a bug of ours."""

from __future__ import annotations

import asyncio
import logging
import os
import re
from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.errors import RequestError
from serving.logs import LOGGER, json_lines
from serving.metrics import Metrics
from serving.otel import Export
from serving.responses import Header, send_error

PROBES = frozenset({"/live", "/ready", "/health", "/metrics"})
CLIENT_GONE = 499
"""nginx's status for a client that hung up before it could be answered."""
_SAFE_ID = re.compile(rb"[A-Za-z0-9_.:-]{1,128}")


class Telemetry:
    """ASGI middleware around one application."""

    def __init__(self, app: ASGIApp, metrics: Metrics, export: Export | None = None) -> None:
        self._app = app
        self._metrics = metrics
        self._export = export

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        ids = _request_ids(scope["headers"])
        status = 0

        async def send_with_ids(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *ids]
            await send(message)

        self._metrics.began()
        try:
            await self._app(scope, receive, send_with_ids)
        except asyncio.CancelledError:  # the process ends, and its patience with what is in flight has ended
            if status == 0:
                await send_error(
                    send_with_ids, RequestError(503, "deadline-exceeded", "the process ended before this was done")
                )
        except Exception:
            LOGGER.exception("bug in the service", extra={"fields": _named(ids)})
            if status == 0:
                await send_error(
                    send_with_ids, RequestError(500, "internal-error", "a fault of the service; see its log")
                )
        finally:
            self._finish(scope, ids, status or CLIENT_GONE, perf_counter() - began)

    def _finish(self, scope: Scope, ids: list[Header], status: int, seconds: float) -> None:
        path: str = scope["path"]
        self._metrics.finished(path, status, seconds)
        found: dict[str, Any] = scope.get("log_fields", {})
        level = logging.DEBUG if path in PROBES else logging.INFO
        if LOGGER.isEnabledFor(level):
            fields = {
                "method": scope["method"],
                "path": path[:200],
                "status": status,
                "duration_ms": round(seconds * 1000, 3),
                **found,
                **_named(ids),
            }
            lines = json_lines()
            if lines is None:
                LOGGER.log(level, "request", extra={"fields": fields})
            else:
                lines.request(logging.getLevelName(level), fields)
        if self._export is not None and self._export.active:
            self._export.request(scope, status, seconds, found)


def _request_ids(headers: list[Header]) -> list[Header]:
    """The platform's and the caller's id, as answered and logged; a missing or unsafe x-request-id is made up."""
    ids: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in (b"x-request-id", b"x-ms-client-request-id") and _SAFE_ID.fullmatch(value):
            ids[name] = value
    if b"x-request-id" not in ids:
        ids[b"x-request-id"] = os.urandom(16).hex().encode()
    return list(ids.items())


def _named(ids: list[Header]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in ids}
