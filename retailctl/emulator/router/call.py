"""One request to a slot: the choice of an instance, its connection, the time limit, and the repetitions that are safe.

A whole request goes over a kept-alive connection and is sent once more over a new one when the old one turns out to
have been closed without a byte of an answer. A streamed request always gets a new connection, since it cannot be
repeated. Either goes to another instance when one does not accept connections.
"""

from typing import Protocol

from retailctl.emulator.router import refusals
from retailctl.emulator.router.backend import Backend
from retailctl.emulator.router.messages import ResponseHead
from retailctl.emulator.router.refusals import Refusal
from retailctl.emulator.router.routing import Slot
from retailctl.emulator.router.stopwatch import Stopwatch
from retailctl.emulator.router.upstream import UpstreamConnection


class Listener(Protocol):
    """Who made the call."""

    def can_send(self) -> None:
        """The connection of a streamed request is there, or takes more again."""

    def answered(self, head: ResponseHead | None, body: list[bytes], ended: bool) -> None:
        """A piece of the answer: its head once, then parts of the body; `ended` comes with the last."""

    def failed(self, refusal: Refusal) -> None:
        """There is no (more) answer."""


class Call:
    """Implements the upstream connection's Caller."""

    __slots__ = (
        "_backend",
        "_connection",
        "_done",
        "_expects_body",
        "_listener",
        "_payload",
        "_replayed",
        "_slot",
        "_stopwatch",
        "_tried",
        "clogged",
    )

    def __init__(self, stopwatch: Stopwatch, slot: Slot, method: bytes, listener: Listener) -> None:
        self.clogged = True  # a streamed body must wait: no connection yet, or a container that does not keep up
        self._stopwatch = stopwatch
        self._slot = slot
        self._expects_body = method != b"HEAD"
        self._listener = listener
        self._payload: bytes | None = None
        self._backend: Backend | None = None
        self._connection: UpstreamConnection | None = None
        self._tried: tuple[Backend, ...] = ()
        self._replayed = False
        self._done = False

    def send_whole(self, payload: bytes) -> None:
        """Send a request of which every byte is there."""
        self._payload = payload
        self._dispatch()
        if not self._done:
            self._start_clock()

    def open(self) -> None:
        """Connect for a request whose body is still coming; `can_send` follows."""
        self._dispatch()

    def send_part(self, data: bytes, last: bool) -> None:
        """Send a piece of it. The time limit of the answer begins with the last."""
        assert self._connection is not None
        self._connection.request_sent = last
        self._connection.send(data)
        if last:
            self._start_clock()

    def abandon(self) -> None:
        """Nobody wants the answer any more; the container sees its connection close."""
        connection = self._connection
        self._end()
        if connection is not None:
            connection.abort()

    def time_out(self) -> None:
        """The slot's time limit has passed since the whole request was sent."""
        self.abandon()
        self._listener.failed(refusals.timed_out(self._slot.timeout_ms))

    def hold(self, held: bool) -> None:
        """Stop or go on reading the answer."""
        if self._connection is not None:
            if held:
                self._connection.pause_reading()
            else:
                self._connection.resume_reading()

    def connected(self, connection: UpstreamConnection) -> None:
        """A connection is there, new or kept alive."""
        if self._done:
            connection.release()
            return
        self._connection = connection
        connection.expects_body = self._expects_body
        connection.request_sent = self._payload is not None
        if self._payload is not None:
            connection.send(self._payload)
        else:
            self.writable(True)

    def received(self, head: ResponseHead | None, body: list[bytes], ended: bool) -> None:
        """A piece of the answer."""
        if ended:
            self._end()
        self._listener.answered(head, body, ended)

    def lost(self, connection: UpstreamConnection | None, bad_answer: bool) -> None:
        """The connection failed: try again where that is safe."""
        self._connection = None
        if self._done:
            return
        if bad_answer:
            self._fail(refusals.BAD_ANSWER)
        elif connection is None:
            assert self._backend is not None
            self._tried = (*self._tried, self._backend)
            self._leave()
            self._dispatch()
        elif connection.reused and not connection.started and not self._replayed:
            self._replayed = True
            self._leave()
            self._dispatch()
        else:
            self._fail(refusals.UNREACHABLE)

    def writable(self, writable: bool) -> None:
        """The container's end takes more, or no more for now."""
        self.clogged = not writable
        if writable:
            self._listener.can_send()

    @property
    def _limit_s(self) -> float:
        return self._slot.timeout_ms / 1000

    def _start_clock(self) -> None:
        self._stopwatch.start(self, self._limit_s)

    def _dispatch(self) -> None:
        backend = self._slot.pick(self._tried)
        if backend is None:
            self._fail(refusals.UNREACHABLE if self._tried else refusals.NOT_READY)
            return
        self._backend = backend
        backend.inflight += 1
        may_reuse = self._payload is not None and not self._replayed
        connection = backend.reuse(self) if may_reuse else None
        if connection is None:
            backend.connect(self)
        else:
            self.connected(connection)

    def _fail(self, refusal: Refusal) -> None:
        self._end()
        self._listener.failed(refusal)

    def _end(self) -> None:
        self._done = True
        self._connection = None
        self._leave()
        self._stopwatch.stop(self)

    def _leave(self) -> None:
        if self._backend is not None:
            self._backend.inflight -= 1
            self._backend = None
