"""Mirrored traffic: a copy of a request whose answer is read, measured and dropped.

The copy is sent after the original has arrived, so that a slow mirror never holds a caller up, and bodies that wait
for that are bounded in sum: a copy that does not fit is dropped.
"""

import time

from retailctl.emulator.router.admission import Admission
from retailctl.emulator.router.call import Call
from retailctl.emulator.router.messages import ResponseHead
from retailctl.emulator.router.records import Record, Recorder
from retailctl.emulator.router.refusals import TOO_MANY_PENDING, Refusal
from retailctl.emulator.router.requests import Request
from retailctl.emulator.router.stopwatch import Stopwatch


class Budget:
    """Bytes of body that all copies together may hold."""

    __slots__ = ("_free",)

    def __init__(self, size: int) -> None:
        self._free = size

    def take(self, size: int) -> bool:
        """Whether there was room for `size` more."""
        if size > self._free:
            return False
        self._free -= size
        return True

    def give_back(self, size: int) -> None:
        """The copy has ended."""
        self._free += size


class Copy:
    """One mirrored request; the listener of its call."""

    __slots__ = ("_admission", "_body", "_budget", "_held", "_record", "_recorder", "_slot", "_stopwatch")

    def __init__(
        self,
        stopwatch: Stopwatch,
        budget: Budget,
        recorder: Recorder,
        admission: Admission,
        original: Record,
    ) -> None:
        assert admission.copy_to is not None
        self._stopwatch = stopwatch
        self._budget = budget
        self._recorder = recorder
        self._admission = admission
        self._slot = admission.copy_to
        self._record = Record(original.method, time.monotonic(), original.request_id, original.client_request_id)
        self._body: list[bytes] | None = []  # None: dropped
        self._held = 0

    def add_body(self, data: bytes) -> None:
        """A piece of the original's body."""
        if self._body is None or not data:
            return
        if self._budget.take(len(data)):
            self._held += len(data)
            self._body.append(data)
        else:
            self.drop()

    def send(self, request: Request, ids: bytes) -> None:
        """The original has arrived as a whole."""
        if self._body is None:
            return
        if self._slot.copies >= self._slot.most_inflight:
            self._write_down(TOO_MANY_PENDING.status, None)
            self.drop()
            return
        self._slot.copies += 1
        self._record.bytes_in = self._held
        head = self._admission.upstream_head(ids, b"content-length: %d\r\n" % self._held)
        Call(self._stopwatch, self._slot, request.head.method, self).send_whole(b"".join((head, *self._body)))

    def drop(self) -> None:
        """There will be no copy, or there is no more use for its body."""
        self._body = None
        self._budget.give_back(self._held)
        self._held = 0

    def can_send(self) -> None:
        """The copy is whole, and already on its way."""

    def answered(self, head: ResponseHead | None, body: list[bytes], ended: bool) -> None:
        """Measure the answer and let it go."""
        self._record.bytes_out += sum(map(len, body))
        if head is not None:
            self._record.model_status = head.status
        if ended:
            self._finish(200 if self._record.model_status == 200 else 424, self._record.model_status)

    def failed(self, refusal: Refusal) -> None:
        """Nobody but the records hears of it."""
        self._finish(refusal.status, refusal.model_status)

    def _finish(self, status: int, model_status: int | None) -> None:
        self._slot.copies -= 1
        self.drop()
        self._write_down(status, model_status)

    def _write_down(self, status: int, model_status: int | None) -> None:
        self._record.status = status
        self._record.model_status = model_status
        self._recorder.finish(self._record, self._admission, mirrored=True)
