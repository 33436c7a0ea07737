"""What a connection is told when its request does not come as far as the application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from serving.errors import RequestError, error_body
from serving.responses import CLOSE, JSON, RETRY_AFTER, send_error
from serving.settings import Settings
from serving.telemetry import PROBES


@dataclass(slots=True)
class Rules:
    """What holds for all connections of a server."""

    settings: Settings
    refused: Callable[[str, int], None]
    """Told of every refusal: its code and status."""
    connected: Callable[[int], None]
    """Told how many connections there are whenever one comes or goes."""
    draining: bool = False
    """Every answer from now on ends its connection."""


class ProbesOnly:
    """Stands before the application on connections beyond the bound."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        self._rules.refused("overloaded", 503)
        most = self._rules.settings.max_connections
        await send_error(send, RequestError(503, "overloaded", f"more than {most} connections; try again in a moment"))


def refusal(status: int, code: str, message: str) -> bytes:
    """A whole answer as it goes over the wire; it is the connection's last."""
    body = error_body(code, message)
    headers = [JSON, CLOSE, (b"content-length", str(len(body)).encode())]
    if status == 503:
        headers.append(RETRY_AFTER)
    lines = [name + b": " + value + b"\r\n" for name, value in headers]
    return b"".join([STATUS_LINE[status], *lines, b"\r\n", body])
