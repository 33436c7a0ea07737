"""A connection to an instance of a slot, and the reading of its answers."""

import asyncio
from typing import Protocol

import httptools

from retailctl.emulator.router.messages import BODYLESS, ResponseHead
from retailctl.emulator.router.writing import write_at_once

_HEAD_END = b"\r\n\r\n"


class Caller(Protocol):
    """Who waits for a container's answer."""

    def connected(self, connection: "UpstreamConnection") -> None:
        """A new connection is there to be written to."""

    def received(self, head: ResponseHead | None, body: list[bytes], ended: bool) -> None:
        """A piece of the answer: its head once, then parts of the body; `ended` comes with the last."""

    def lost(self, connection: "UpstreamConnection | None", bad_answer: bool) -> None:
        """There is no (more) answer: no connection could be made (None), it was closed, or it did not speak HTTP."""

    def writable(self, writable: bool) -> None:
        """The container takes the request's body slower than it comes, or takes it again."""


class Pool(Protocol):
    """Where connections go between two requests."""

    def take_back(self, connection: "UpstreamConnection") -> None:
        """Keep it for the next request, or close it."""

    def forget(self, connection: "UpstreamConnection") -> None:
        """The container has closed it."""


class UpstreamConnection(asyncio.Protocol):
    """One connection to a container; serves one request at a time.

    The parser calls the `on_` methods while it is fed; what they collect goes to the caller once per piece of data.
    Containers mostly answer with the same head: one that the parser has taken is known again by its bytes.
    """

    __slots__ = (
        "_body",
        "_ended",
        "_head",
        "_keep_alive",
        "_known",
        "_known_bytes",
        "_known_length",
        "_new_head",
        "_parser",
        "_pool",
        "_transport",
        "caller",
        "expects_body",
        "idle_since",
        "request_sent",
        "reused",
        "started",
    )

    def __init__(self, pool: Pool) -> None:
        self.caller: Caller | None = None
        self.reused = False
        self.started = False  # something of the answer has come
        self.expects_body = True  # False for HEAD
        self.request_sent = False  # to its last byte: else the connection cannot serve another
        self.idle_since = 0.0
        self._pool = pool
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport
        self._head: ResponseHead | None = None
        self._new_head = False
        self._body: list[bytes] = []
        self._ended = False
        self._keep_alive = False
        self._known: ResponseHead | None = None  # of the last answer that came whole
        self._known_bytes = b""
        self._known_length = 0  # with the body

    def send(self, data: bytes) -> None:
        """Write a request or a part of it."""
        self._transport.write(data)

    def release(self) -> None:
        """Back to the pool, unused or after an answer."""
        if self._transport.is_closing():
            self.caller = None
        else:
            self._pool.take_back(self)

    def abort(self) -> None:
        """Close at once: the container sees that nobody waits for its answer any more."""
        self.caller = None
        self._transport.abort()

    def pause_reading(self) -> None:
        """Take no more of the answer for now."""
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take it again."""
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport  # type: ignore[assignment]
        write_at_once(self._transport)

    def data_received(self, data: bytes) -> None:
        """Parse a piece of the answer and tell the caller."""
        caller = self.caller
        if caller is None:  # nobody asked
            self.abort()
            return
        if (
            self._known is not None
            and not self.started
            and self.expects_body
            and len(data) == self._known_length
            and data.startswith(self._known_bytes)
        ):
            self._keep_alive = True
            self._finish(caller, self._known, [data[len(self._known_bytes) :]])
            return
        first, self.started = not self.started, True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._keep_alive = False
            if not self._ended:  # else only what came after the answer was wrong
                self.abort()
                caller.lost(self, bad_answer=True)
                return
        if first and self._ended and self._keep_alive:
            self._remember(data)
        if self._new_head or self._body or self._ended:
            self._deliver(caller)

    def connection_lost(self, exc: Exception | None) -> None:
        """The end of an idle connection, of an answer that its end delimits, or of an answer cut short."""
        caller, self.caller = self.caller, None
        if caller is None:
            self._pool.forget(self)
        elif exc is None and self._head is not None and self._head.ends_with_connection:
            caller.received(None, [], ended=True)
        else:
            caller.lost(self, bad_answer=False)
        del self._parser  # it knows this connection: together they would be garbage

    def pause_writing(self) -> None:
        """The container reads slower than the caller sends."""
        if self.caller:
            self.caller.writable(False)

    def resume_writing(self) -> None:
        """It has caught up."""
        if self.caller:
            self.caller.writable(True)

    def on_message_begin(self) -> None:
        """An answer begins, perhaps an interim one."""
        if self._ended:
            self._keep_alive = False  # two answers to one request
        else:
            self._head = ResponseHead()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header field."""
        if self._head is not None and not self._ended:
            self._head.add(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole; some answers end here whatever their Content-Length says."""
        status = self._parser.get_status_code()
        if self._ended or self._head is None or status < 200:  # 100 Continue and its like are not passed on
            return
        self._head.complete(status)
        self._new_head = True
        self._keep_alive = self._parser.should_keep_alive()
        if not self.expects_body or status in BODYLESS:
            self._ended = True
            self._parser = httptools.HttpResponseParser(self)  # the old one waits for a body

    def on_body(self, data: bytes) -> None:
        """A part of the body, without chunk marks."""
        if not self._ended:
            self._body.append(data)

    def on_message_complete(self) -> None:
        """The answer has ended, unless it was an interim one."""
        if self._head is not None and self._head.status:
            self._ended = True

    def _deliver(self, caller: Caller) -> None:
        head, body, ended = self._head if self._new_head else None, self._body, self._ended
        self._new_head, self._body = False, []
        if ended:
            self._head, self._ended = None, False
            self._finish(caller, head, body)
        else:
            caller.received(head, body, ended=False)

    def _finish(self, caller: Caller, head: ResponseHead | None, body: list[bytes]) -> None:
        self.started = False
        if self._keep_alive and self.request_sent:
            self.release()
        else:
            self.abort()
        caller.received(head, body, ended=True)

    def _remember(self, data: bytes) -> None:
        """Keep the head when the data was a whole answer, and the head says how long its body is."""
        head, end = self._head, len(data) - sum(map(len, self._body))
        self._known = None
        if head is not None and head.content_length == len(data) - end > 0 and data.find(_HEAD_END) + 4 == end:
            self._known, self._known_bytes, self._known_length = head, data[:end], len(data)
