"""Answers that a fault gives in the container's place, and those that it loses on their way to the caller.

Inferred [inf]: how the platform counts an answer that was broken off on its way is documented nowhere. Here it counts
as it was given, since no gateway learns that it did not arrive; a connection that is cut before the call counts as one
whose caller hung up.
"""

import json
import math
from dataclasses import replace
from typing import Protocol

from retailctl.emulator.router import refusals
from retailctl.emulator.router.admission import Admission
from retailctl.emulator.router.fault_table import ScoringFault
from retailctl.emulator.router.refusals import Refusal

_WHY = "This answer was asked for at /_local/."


def faulty_answer(fault: ScoringFault, admission: Admission) -> Refusal:
    """The status that the fault asks for, in the platform's own words where it has some for it."""
    known = None if fault.code else _known(fault.status, admission)
    if known is None:
        model_status = fault.model_status if fault.status == 424 else None
        usual = "ModelError" if model_status else "InternalServerError"
        body = json.dumps({"error": {"code": fault.code or usual, "message": _WHY}}).encode()
        known = Refusal(fault.status, body, refusals.MODEL_ERROR if model_status else None, model_status)
    pause_s = fault.retry_after_s
    return known if pause_s is None else replace(known, retry_after_s=math.ceil(pause_s))


def _known(status: int, admission: Admission) -> Refusal | None:
    assert admission.endpoint is not None
    assert admission.slot is not None
    return {
        401: refusals.ACCESS_DENIED,
        404: refusals.no_traffic(admission.endpoint.name),
        408: refusals.timed_out(admission.slot.timeout_ms),
        429: refusals.TOO_MANY_PENDING,
    }.get(status)


class Way(Protocol):
    """An answer's way to the caller."""

    def write(self, data: bytes) -> None:
        """Send to the caller."""

    def hold(self, reason: str, held: bool) -> None:
        """Read nothing from the caller for as long as there is a reason not to."""

    def answered(self, keep_alive: bool) -> None:
        """The answer has been written."""

    def abort(self) -> None:
        """Cut the connection."""

    def let_go(self) -> None:
        """End the connection after what was written; a request that is whole is answered to the end without it."""


class LossyWay:
    """Loses the answer, or all of it after its head and half of the part of its body that comes first."""

    __slots__ = ("_caller", "_cut", "_half", "_head_passed")

    def __init__(self, caller: Way, half: bool) -> None:
        self._caller = caller
        self._half = half
        self._head_passed = False
        self._cut = False

    def write(self, data: bytes) -> None:
        """Pass on what still arrives; an interim answer does, or the caller would keep its body back."""
        if data.startswith(b"HTTP/1.1 100 "):
            self._caller.write(data)
        elif self._half and not self._cut:
            self._write_half(data)

    def _write_half(self, data: bytes) -> None:
        head, end, body = (b"", b"", data) if self._head_passed else data.partition(b"\r\n\r\n")
        self._head_passed = True
        self._caller.write(head + end + body[: len(body) // 2])
        if body:
            self._cut = True
            self._caller.let_go()

    def hold(self, reason: str, held: bool) -> None:
        """The request is not concerned."""
        self._caller.hold(reason, held)

    def answered(self, keep_alive: bool) -> None:
        """The answer would be there now."""
        if not self._cut:
            self._caller.let_go()
        self._caller.answered(keep_alive=False)

    def abort(self) -> None:
        """The connection ends at once, for another reason."""
        self._caller.abort()

    def let_go(self) -> None:
        """Nothing else loses answers."""
        self._caller.let_go()
