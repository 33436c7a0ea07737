"""HTTP/1.1 as uvicorn speaks it, with an end to what a slow or endless client may hold: its connection is cut.

A head has 20 s and 64 KiB. A body may pause for 60 s, and after its first minute it must have come at 16 KiB/s on the
whole (as Apache's mod_reqtimeout has it: so much time, and a second more for each so many bytes), unless it is the
server that does not read on. A client has 60 s to take what was written. Of 512 connections those that have waited the
longest for a request make room for new ones; when all have one, 503 is the answer.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from retailctl.emulator.app.injection import CUT
from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.listener import Listener
from retailctl.emulator.router.room import admit
from retailctl.emulator.routes.call import json_response

HEAD_S = 20.0
BODY_PAUSE_S = 60.0
BODY_GRACE_S = 60.0
SLOWEST_BODY_BYTES_PER_S = 16 * 1024
WRITE_STALL_S = 60.0
LARGEST_HEAD_BYTES = 64 * 1024
MOST_CONNECTIONS = 512


class Protocol(HttpToolsProtocol):
    """One connection. Its requests' scopes offer to cut it, for faults on purpose."""

    listener: Listener | None = None
    """Where connections come from, when it is to know which have finished their handshake."""
    waits_since_s: float | None = None
    """When it began to wait for a request; None while it has one."""
    _deadline: asyncio.TimerHandle | None = None
    _write_deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _in_head = True
    _refused = False
    _body_due_s = 0.0

    @classmethod
    def behind(cls, listener: Listener) -> type[Protocol]:
        """The protocol of this listener's connections."""
        return type(cls.__name__, (cls,), {"listener": listener})

    def connection_made(self, transport: Any) -> None:
        """The first head is due, if there is room for another connection."""
        super().connection_made(transport)
        if self.listener is not None:
            self.listener.finished(transport.get_extra_info("socket").fileno())
        self.waits_since_s = self.loop.time()
        self._await(HEAD_S)
        verdict = admit(self, self.connections, MOST_CONNECTIONS)  # type: ignore[type-var]
        if verdict == "refused":
            self._refused, self.waits_since_s = True, None
            self.app = _too_many
        elif verdict == "cut":
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is due any more."""
        self._await(None)
        self._written()
        super().connection_lost(exc)

    def abort(self) -> None:
        """Cut it."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Parse, and cut a head that does not end. What follows a head in the same packet is not counted again."""
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > LARGEST_HEAD_BYTES:
            self.abort()

    def on_message_begin(self) -> None:
        """A head has begun; it is due from its first byte on."""
        super().on_message_begin()
        self.scope["extensions"] = {CUT: {"now": self.transport.abort, "gone": self.transport.is_closing}}
        self._in_head = True
        self._await(HEAD_S)

    def on_headers_complete(self) -> None:
        """The body is due, if there is one."""
        self._in_head, self._head_bytes = False, 0
        self.waits_since_s = None
        self._body_due_s = self.loop.time() + BODY_GRACE_S
        self._await_body()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """More of the body is due."""
        self._body_due_s += len(body) / SLOWEST_BODY_BYTES_PER_S
        self._await_body()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Nothing is due until the next request's first byte; uvicorn ends a connection that idles."""
        self._await(None)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, unless it is here."""
        super().on_response_complete()
        if self.cycle.response_complete and not self._refused:
            self.waits_since_s = self.loop.time()

    def pause_writing(self) -> None:
        """The client reads slower than the server answers."""
        super().pause_writing()
        self._write_deadline = self.loop.call_later(WRITE_STALL_S, self.abort)

    def resume_writing(self) -> None:
        """It has caught up."""
        self._written()
        super().resume_writing()

    def _written(self) -> None:
        if self._write_deadline is not None:
            self._write_deadline.cancel()
            self._write_deadline = None

    def _await_body(self) -> None:
        self._await(min(BODY_PAUSE_S, max(0.0, self._body_due_s - self.loop.time())))

    def _await(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self._expired) if seconds is not None else None

    def _expired(self) -> None:
        if not self._in_head and self.flow.read_paused:  # the application has not taken what is here
            self._body_due_s = self.loop.time() + BODY_GRACE_S
            self._await_body()
        else:
            self.abort()


async def _too_many(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers what comes on a connection that is one too many."""
    message = "Every connection that the local Azure ML takes has a request."
    answer = json_response(
        ArmError(503, "TooManyConnections", message).body(), 503, {"Retry-After": "1", "Connection": "close"}
    )
    await answer(scope, receive, send)
