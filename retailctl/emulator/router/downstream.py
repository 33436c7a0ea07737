"""A caller's connection: reads requests one after the other, writes answers, and puts a limit to slowness.

Pipelined requests are answered in order; while one is being answered, the next is read only as far as it has already
come. The end of a caller's sending counts as a hang-up, as it does for other proxies.
"""

import asyncio
import logging
import time
from dataclasses import dataclass, field

import httptools

from retailctl.emulator.router import refusals
from retailctl.emulator.router.exchange import DISCARDED_BYTES, Exchange
from retailctl.emulator.router.faults import Faults
from retailctl.emulator.router.identifiers import request_id
from retailctl.emulator.router.limits import Limits
from retailctl.emulator.router.messages import CLOSE
from retailctl.emulator.router.mirror import Budget
from retailctl.emulator.router.reading import RequestReader
from retailctl.emulator.router.records import Recorder
from retailctl.emulator.router.refusals import Refusal, refusal_bytes
from retailctl.emulator.router.requests import Request
from retailctl.emulator.router.room import admit
from retailctl.emulator.router.routing import Routing
from retailctl.emulator.router.stopwatch import Stopwatch
from retailctl.emulator.router.writing import write_at_once

_log = logging.getLogger(__name__)
_NEVER = float("inf")
_LINGER_S = 2.0  # without a byte
_LONGEST_LINGER_S = 30.0


@dataclass(slots=True)
class Server:
    """What all connections share."""

    routing: Routing
    recorder: Recorder
    limits: Limits
    mirror_budget: Budget
    stopwatch: Stopwatch
    faults: Faults
    connections: "set[CallerConnection]" = field(default_factory=set)


class CallerConnection(asyncio.Protocol):
    """One connection, from accept to close."""

    __slots__ = (
        "_advancing",
        "_clogged",
        "_closing",
        "_exchange",
        "_holds",
        "_last",
        "_lingers_until",
        "_reader",
        "_transport",
        "deadline",
        "server",
    )

    def __init__(self, server: Server) -> None:
        self.server = server
        self.deadline = _NEVER  # monotonic; whoever watches the time calls `expire` after it
        self._transport: asyncio.Transport
        self._reader = RequestReader()
        self._exchange: Exchange | None = None
        self._holds: set[str] = set()
        self._advancing = False
        self._clogged = False
        self._closing = False
        self._lingers_until = 0.0
        self._last = False  # what came after the requests that are here was no HTTP

    # What the exchange does

    def write(self, data: bytes) -> None:
        """Send to the caller."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def hold(self, reason: str, held: bool) -> None:
        """Read nothing from the caller for as long as there is a reason not to."""
        if held == (reason in self._holds):
            return
        self._holds ^= {reason}
        if len(self._holds) == held and not self._transport.is_closing():  # the first came or the last went
            if held:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()
            self._set_deadline()

    def answered(self, keep_alive: bool) -> None:
        """The answer has been written; go on to the next request."""
        self._exchange = None
        if self._closing:
            return
        request = self._reader.requests[0]
        unread = request.remaining()
        last = self._last and len(self._reader.requests) == 1
        if not keep_alive or last or unread is None or unread > DISCARDED_BYTES:
            self._close_gently()
            return
        if request.complete:
            self._reader.requests.popleft()
        else:
            request.discard()
        self.hold("body", False)
        if not self._advancing:
            self._advance()

    def abort(self) -> None:
        """Cut the connection: the only way to say that an answer is not whole."""
        self._closing = True
        self._transport.abort()

    def let_go(self) -> None:
        """End the connection after what was written; a request that is whole is answered to the end without it."""
        if self._reader.requests[0].complete:
            self._exchange = None
        self._closing = True
        self.deadline = time.monotonic() + self.server.limits.write_stall_s
        self._transport.close()

    @property
    def waits_since_s(self) -> float | None:
        """When it began to wait for a request (monotonic); None while it has one, or is about to end."""
        if self._closing or self._reader.requests:
            return None
        return self._reader.head_began_s if self._reader.in_head else self.deadline - self.server.limits.idle_s

    def close_if_idle(self) -> bool:
        """Close between two requests; False while one is being answered."""
        if not self._closing and (self._reader.requests or self._reader.in_head):
            return False
        self._transport.close()
        return True

    def expire(self) -> None:
        """The deadline has passed."""
        if self._closing or self._clogged:
            self.abort()
        elif self._exchange is not None:
            self._exchange.cut(refusals.SLOW_CALLER)
        elif self._reader.requests or self._reader.in_head:
            self._reject(refusals.SLOW_CALLER)
        else:
            self._transport.close()

    # What the transport does

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or refuse it."""
        self._transport = transport  # type: ignore[assignment]
        write_at_once(self._transport)
        self._set_deadline()
        self.server.connections.add(self)
        verdict = admit(self, self.server.connections, self.server.limits.connections)
        if verdict == "refused":
            self._reject(refusals.TOO_MANY_CONNECTIONS)
        elif verdict == "cut":
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The caller hung up, or we did."""
        self._closing = True
        self.server.connections.discard(self)
        self._reader.close()
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.hung_up()

    def data_received(self, data: bytes) -> None:
        """Parse and act."""
        if self._closing:
            self.deadline = min(self._lingers_until, time.monotonic() + _LINGER_S)
            return
        try:
            self._reader.feed(data)
        except httptools.HttpParserError:
            self._misunderstood()
            return
        if self._reader.in_head and self._reader.head_bytes > self.server.limits.head_bytes:
            self._reject(refusals.HEAD_TOO_LARGE)
            return
        self._advance()

    def pause_writing(self) -> None:
        """The caller reads slower than the container answers."""
        self._clogged = True
        self.deadline = time.monotonic() + self.server.limits.write_stall_s
        if self._exchange is not None:
            self._exchange.hold_answer(True)

    def resume_writing(self) -> None:
        """It has caught up."""
        self._clogged = False
        self._set_deadline()
        if self._exchange is not None:
            self._exchange.hold_answer(False)

    # Steps

    def _advance(self) -> None:
        """Answer what can be answered, one request after the other."""
        self._advancing = True
        requests = self._reader.requests
        while requests and not self._closing:
            request = requests[0]
            if self._exchange is not None:
                self._exchange.body_arrived()
            elif request.discarded and request.complete:
                requests.popleft()
            elif not request.discarded and (request.complete or not request.worth_waiting):
                self._begin(request)
            else:
                break
            if self._exchange is not None:
                break
        self._advancing = False
        if not self._closing:
            self.hold("pipeline", len(requests) > 1)
            self._set_deadline()

    def _begin(self, request: Request) -> None:
        """A fault of our own is one request's, and the platform's 500."""
        self._exchange = exchange = Exchange(self, request)
        try:
            exchange.begin()
        except Exception:
            _log.exception("A request failed")
            exchange.cut(refusals.FAILED)

    def _set_deadline(self) -> None:
        if self._clogged or self._closing:
            return
        limits, now = self.server.limits, time.monotonic()
        if self._reader.requests:
            request = self._reader.requests[0]
            stalled = _NEVER if self._holds else now + limits.body_stall_s  # held, it is not the caller that is slow
            self.deadline = _NEVER if request.complete else min(stalled, request.started_s + limits.body_s)
        elif self._reader.in_head:
            self.deadline = self._reader.head_began_s + limits.head_s
        else:
            self.deadline = now + limits.idle_s

    def _misunderstood(self) -> None:
        """Bytes that are no HTTP: an answer to the request they belong to, the end after those before them."""
        if self._reader.requests and self._reader.requests[0].complete:
            self._reader.drop_unfinished()
            self._last = True
            self.hold("misunderstood", True)
            self._advance()
        elif self._exchange is not None:
            self._exchange.cut(refusals.BAD_REQUEST)
        else:
            self._reject(refusals.BAD_REQUEST)

    def _reject(self, refusal: Refusal) -> None:
        self.write(refusal_bytes(refusal, f"x-request-id: {request_id()}\r\n".encode() + CLOSE))
        self._close_gently()

    def _close_gently(self) -> None:
        """Half-close and read on while more comes: closing on unread bytes would destroy the answer on its way."""
        self._closing = True
        if self._transport.is_closing():
            return
        self._lingers_until = time.monotonic() + _LONGEST_LINGER_S
        self.deadline = time.monotonic() + _LINGER_S
        self._transport.write_eof()
