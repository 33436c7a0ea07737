"""HTTP/1.1 as uvicorn speaks it, with an end to what a slow or endless client may hold: its connection is cut.

A head has 20 s and 64 KiB; a body may pause for 60 s, unless it is the server that does not read on.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from retailctl.emulator.app.injection import CUT

HEAD_S = 20.0
BODY_PAUSE_S = 60.0
LARGEST_HEAD_BYTES = 64 * 1024


class Protocol(HttpToolsProtocol):
    """One connection. Its requests' scopes offer to cut it, for faults on purpose."""

    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _in_head = True

    def connection_made(self, transport: Any) -> None:
        """The first head is due."""
        super().connection_made(transport)
        self._await(HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is due any more."""
        self._await(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and cut a head that does not end. What follows a head in the same packet is not counted again."""
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > LARGEST_HEAD_BYTES:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """A head has begun; it is due from its first byte on."""
        super().on_message_begin()
        self.scope["extensions"] = {CUT: {"now": self.transport.abort, "gone": self.transport.is_closing}}
        self._in_head = True
        self._await(HEAD_S)

    def on_headers_complete(self) -> None:
        """The body is due, if there is one."""
        self._in_head, self._head_bytes = False, 0
        self._await(BODY_PAUSE_S)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """More of the body is due."""
        self._await(BODY_PAUSE_S)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Nothing is due until the next request's first byte; uvicorn ends a connection that idles."""
        self._await(None)
        super().on_message_complete()

    def _await(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self._expired) if seconds else None

    def _expired(self) -> None:
        if not self._in_head and self.flow.read_paused:
            self._await(BODY_PAUSE_S)  # the application has not taken what is here
        else:
            self.transport.abort()
