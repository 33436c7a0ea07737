"""What went over the wire, for whoever watches: the log, and tests that check requests against a description."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from retailctl.emulator.app.injection import CUT
from retailctl.emulator.arm.ids import PROVIDER

_log = logging.getLogger("retailctl.emulator.requests")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request to the management API and its answer; `api_version` is '' where the request named none."""

    method: str
    path: str
    api_version: str
    request_body: bytes
    status: int
    response_body: bytes


Observer = Callable[[Exchange], None]


class Tracing:
    """Gives every answer a request id, logs writes and refusals without their query, and tells the observer."""

    def __init__(self, app: ASGIApp, observer: Observer | None = None) -> None:
        self._app = app
        self._observer = observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        record = _Record(receive, send, keep_bodies=self._observer is not None and _is_management(scope))
        begun = time.perf_counter()
        await self._app(scope, record.receive, record.send)
        elapsed_ms = (time.perf_counter() - begun) * 1000
        if record.status >= 400 or _is_noted(scope):
            _log.info("%s %s %d %.0f ms", scope["method"], scope["path"], record.status, elapsed_ms)
        if self._observer is not None and record.keep_bodies and record.status and not _was_cut(scope):
            self._observer(record.exchange(scope))


def _is_management(scope: Scope) -> bool:
    return PROVIDER.lower() in scope["path"].lower()  # ARM paths ignore case


def _was_cut(scope: Scope) -> bool:
    """Whether the connection ended before the answer did: what there is of it is no answer."""
    offered = scope.get("extensions", {}).get(CUT)
    return offered is not None and bool(offered["gone"]())


def _is_noted(scope: Scope) -> bool:
    """Writes, but not what jobs log to MLflow step by step: it would bury the rest."""
    return scope["method"] not in {"GET", "HEAD"} and not scope["path"].startswith("/mlflow/")


class _Record:
    """The two ends of one exchange, as they pass."""

    def __init__(self, receive: Receive, send: Send, *, keep_bodies: bool) -> None:
        self._receive = receive
        self._send = send
        self.keep_bodies = keep_bodies
        self.status = 0
        self._request_id = str(uuid4()).encode()
        self._request = bytearray()
        self._response = bytearray()

    async def receive(self) -> Message:
        message = await self._receive()
        if self.keep_bodies and message["type"] == "http.request":
            self._request += message.get("body", b"")
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            identifiers = [(b"x-ms-request-id", self._request_id), (b"x-ms-correlation-request-id", self._request_id)]
            message = {**message, "headers": [*message["headers"], *identifiers]}
        elif self.keep_bodies:
            self._response += message.get("body", b"")
        await self._send(message)

    def exchange(self, scope: Scope) -> Exchange:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        version = query.get("api-version", [""])[0]
        return Exchange(
            scope["method"], scope["path"], version, bytes(self._request), self.status, bytes(self._response)
        )
