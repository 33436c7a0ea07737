"""Calls to a slot that a fault makes late or slow; the time counts as the container's, in metrics as in limits."""

import asyncio

from retailctl.emulator.router.call import Call, Listener
from retailctl.emulator.router.fault_table import ScoringFault
from retailctl.emulator.router.messages import ResponseHead
from retailctl.emulator.router.refusals import Refusal
from retailctl.emulator.router.routing import Slot
from retailctl.emulator.router.stopwatch import Stopwatch

_PIECES_PER_S = 10


def faulty_call(fault: ScoringFault, stopwatch: Stopwatch, slot: Slot, method: bytes, listener: Listener) -> Call:
    """The call that a request makes which meets this fault."""
    if fault.kind == "delay":
        return LateCall(stopwatch, slot, method, listener, fault.delay_s)
    if fault.kind == "trickle":
        return SlowCall(stopwatch, slot, method, listener, fault.bytes_per_s)
    return Call(stopwatch, slot, method, listener)


class LateCall(Call):
    """A call that begins late: where that is later than the slot's time limit, it is never made, and timed out."""

    __slots__ = ("_delay_s", "_spent_s", "_waiting")

    def __init__(self, stopwatch: Stopwatch, slot: Slot, method: bytes, listener: Listener, delay_s: float) -> None:
        super().__init__(stopwatch, slot, method, listener)
        self._delay_s: float | None = delay_s
        self._spent_s = 0.0  # of the time limit, before its clock was started
        self._waiting: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """The clock of a streamed request starts with its last byte, which waits for the call to begin."""
        delay_s = self._delay_s or 0.0
        if delay_s >= self._limit_s:
            self._start_clock()
        else:
            self._spent_s = delay_s
        super().open()

    @property
    def _limit_s(self) -> float:
        return super()._limit_s - self._spent_s

    def _dispatch(self) -> None:
        if self._delay_s is None:
            super()._dispatch()
            return
        delay_s, self._delay_s = self._delay_s, None
        self._waiting = asyncio.get_running_loop().call_later(delay_s, self._dispatch)

    def _end(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        super()._end()


class SlowCall(Call):
    """A call whose answer's body comes at `bytes_per_s`; the container waits where it is not done yet.

    The slot's time limit is for the beginning of the answer.
    """

    __slots__ = ("_bytes_per_s", "_held", "_left", "_size", "_ticking", "_whole")

    def __init__(self, stopwatch: Stopwatch, slot: Slot, method: bytes, listener: Listener, bytes_per_s: int) -> None:
        super().__init__(stopwatch, slot, method, listener)
        self._bytes_per_s = bytes_per_s
        self._size = max(1, bytes_per_s // _PIECES_PER_S)
        self._left = bytearray()
        self._whole = False
        self._held = False
        self._ticking: asyncio.TimerHandle | None = None

    def hold(self, held: bool) -> None:
        """Pass nothing on meanwhile."""
        self._held = held

    def abandon(self) -> None:
        """Nobody wants the rest."""
        self._stop()
        super().abandon()

    def received(self, head: ResponseHead | None, body: list[bytes], ended: bool) -> None:
        """Pass the head on at once and keep the body."""
        if ended:
            self._end()
        self._stopwatch.stop(self)
        self._whole = ended
        self._left += b"".join(body)
        if head is not None or (ended and not self._left):
            self._listener.answered(head, [], ended and not self._left)
        if self._left and self._ticking is None:
            super().hold(True)
            self._tick()

    def _tick(self) -> None:
        self._ticking = None
        if not self._held:
            piece = bytes(self._left[: self._size])
            del self._left[: self._size]
            self._listener.answered(None, [piece], self._whole and not self._left)
        if self._left:
            pause_s = self._size / self._bytes_per_s
            self._ticking = asyncio.get_running_loop().call_later(pause_s, self._tick)
        elif not self._whole:
            super().hold(False)

    def _fail(self, refusal: Refusal) -> None:
        self._stop()
        super()._fail(refusal)

    def _stop(self) -> None:
        self._left.clear()
        if self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None
