"""What a connection may do before and after its request is the application's: how long it takes, how much it sends.

uvicorn bounds neither the time in which a request's head arrives nor the head's length, answers bytes that are not HTTP
with plain text, and waits for ever for a client that does not take its answer. On this level nobody has a request id
yet; these refusals are one line in the log each.
"""

from __future__ import annotations

import asyncio
import re
import select
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serving.logs import LOGGER
from serving.refusals import ProbesOnly, Rules, refusal
from serving.writing import HeadWithBody

MOST_HEAD_BYTES = 64 * 1024
MOST_PIPELINED = 64
"""Requests sent on one connection before the first of them is answered."""
ROOM_FOR_PROBES = 64
"""Connections beyond the bound that are still listened to, for a probe to be answered."""
LINGER_SECONDS = 0.1
"""How long an idle connection outlives the end of listening: what its client has already sent still arrives."""
DEAF_SECONDS = 1.0
"""How long what a refused client still sends is dropped; an end at once could take the answer from it."""

_OFFER = re.compile(rb"\r\nupgrade:", re.IGNORECASE)


class BoundedProtocol(HttpToolsProtocol):
    """One connection. A request is being received from the first byte of its head to the last of its body."""

    def __init__(self, *arguments: Any, rules: Rules, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._rules = rules
        self._receiving: asyncio.TimerHandle | None = None
        self._sending: asyncio.TimerHandle | None = None
        self._answers: HeadWithBody
        self._in_head = False
        self._in_body = False
        self._head_bytes = 0
        self._newest_bytes = 0
        self._dropped_bytes = 0
        self._surplus = False
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._answers = HeadWithBody(transport)
        self._rules.connected(len(self.connections))
        surplus = len(self.connections) - self._rules.settings.max_connections
        if surplus > ROOM_FOR_PROBES:
            self._refuse(503, "overloaded", "too many connections")
            transport.close()
        elif surplus > 0:
            self._surplus = True
            self.app = ProbesOnly(self.app, self._rules)
        self._await_message()

    def connection_lost(self, exc: Exception | None) -> None:
        self._message_arrived()
        self.resume_writing()
        super().connection_lost(exc)
        self._rules.connected(len(self.connections))

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        in_head = self._in_head
        self._newest_bytes = len(data)
        if not self._in_body and b"pgrade:" in data:
            data = without_offer(data)
        super().data_received(data)
        if not (self._in_head or self._in_body):
            return
        if self._receiving is None:
            self._await_message()
        if in_head and self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self._refuse_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._head_bytes = self._dropped_bytes = 0

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self.cycle.transport = self._answers  # type: ignore[assignment]
        self._in_head, self._in_body = False, True
        if self._rules.draining or self._surplus:
            self.cycle.keep_alive = False
        if self._head_bytes + self._newest_bytes > MOST_HEAD_BYTES and self._whole_head > MOST_HEAD_BYTES:
            self._refuse_head()
        if self.parser.should_upgrade() and self._announces_body:  # the parser takes the body for the other protocol
            self._refuse(400, "malformed-http", "a request with a body cannot offer to upgrade the connection")
        if len(self.pipeline) > MOST_PIPELINED:
            self._refuse(
                400, "malformed-http", f"more than {MOST_PIPELINED} requests sent before the first is answered"
            )

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        if self.cycle.response_complete:  # the request was refused unread; its sender reads the answer when it has sent
            self._dropped_bytes += len(body)
            if self._dropped_bytes > 4 * self._rules.settings.max_body_bytes:
                self.transport.close()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_body = False
        self._message_arrived()

    def on_response_complete(self) -> None:
        self._answers.flush()
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._sending = self.loop.call_later(self._rules.settings.receive_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None

    def send_400_response(self, msg: str) -> None:
        """What uvicorn calls for bytes that are not HTTP."""
        if self._answering and not self._in_body:
            self.cycle.keep_alive = False  # an earlier request is sound, and is answered first
            self.flow.pause_reading()
        else:
            self._refuse(400, "malformed-http", "this is not an HTTP request")

    def timeout_keep_alive_handler(self) -> None:
        """The end of an idle connection, unless its next request is there: a busy loop looks at its timers first."""
        if not self._unread:
            super().timeout_keep_alive_handler()

    def shutdown(self) -> None:
        """The server listens no more: what has been sent is answered, then the connection ends."""
        self.loop.call_later(LINGER_SECONDS, self._close_if_idle)

    def _unsupported_upgrade_warning(self) -> None:
        """An offer to upgrade (HTTP/2, WebSocket) is passed over, as HTTP allows; not worth a warning each time."""

    @property
    def _announces_body(self) -> bool:
        return any(name in (b"content-length", b"transfer-encoding") and value != b"0" for name, value in self.headers)

    @property
    def _whole_head(self) -> int:
        """Bytes of the head that has been read; its first line without method and version."""
        return len(self.url) + sum(len(name) + len(value) + len(b": \r\n") for name, value in self.headers)

    @property
    def _unread(self) -> bool:
        """Whether the kernel holds something that the loop has not come to yet."""
        waiting = select.poll()
        waiting.register(self.transport.get_extra_info("socket").fileno(), select.POLLIN)
        return bool(waiting.poll(0))

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _await_message(self) -> None:
        self._receiving = self.loop.call_later(self._rules.settings.receive_seconds, self._late)

    def _message_arrived(self) -> None:
        if self._receiving is not None:
            self._receiving.cancel()
            self._receiving = None

    def _late(self) -> None:
        self._receiving = None
        if self.transport.is_closing():
            return
        if self.flow.read_paused or self._answering:
            self._await_message()  # it is us who make it wait, or the endpoint that reads it, with a clock of its own
        elif self._in_head:
            seconds = self._rules.settings.receive_seconds
            self._refuse(408, "slow-request", f"the head of the request did not arrive within {seconds:g} seconds")
        elif not self._in_body and self._unread:
            self._await_message()
        else:
            self.transport.close()  # nothing was asked, or the body of a request that was refused is still coming

    def _refuse_head(self) -> None:
        self._refuse(431, "head-too-large", f"the head of the request is larger than {MOST_HEAD_BYTES} bytes")

    def _refuse(self, status: int, code: str, message: str) -> None:
        """Answers in the application's stead and ends the connection."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        self._rules.refused(code, status)
        LOGGER.warning("connection refused", extra={"fields": {"status": status, "error": code}})
        if not (self._answering and self.cycle.response_started):
            self.transport.write(refusal(status, code, message))
        if self._answering:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.write_eof()
        self.loop.call_later(DEAF_SECONDS, self.transport.close)

    def _close_if_idle(self) -> None:
        if self._answering:
            self.cycle.keep_alive = False
        elif not (self._in_head or self._in_body or self._unread):
            self.transport.close()


def without_offer(data: bytes) -> bytes:
    """The same beginning of a request without an offer to upgrade the connection, which HTTP allows to pass over.

    The parser takes what follows for the other protocol; Java's HttpClient offers HTTP/2 with a body that is plain.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    return _OFFER.sub(b"\r\nx-upgrade:", head) + end + rest
