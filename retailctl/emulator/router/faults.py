"""The faults in force: which of them a request meets, and how often each has struck.

Every change of a count is told to the owner before the request goes on, so that a router that is started again goes on
exactly where this one was, however it ended.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from retailctl.emulator.faults.chance import Chance
from retailctl.emulator.router.admission import Admission
from retailctl.emulator.router.fault_table import ScoringFault

Notice = Mapping[str, Any]


class Faults:
    """`in_force` is all that a request looks at where no fault was asked for."""

    __slots__ = ("_entries", "_tell", "in_force")

    def __init__(self, tell: Callable[[Notice], None]) -> None:
        """`tell` is called with `{"struck": id, "seen": n, "met": n}`."""
        self.in_force = False
        self._tell = tell
        self._entries: dict[str, _Entry] = {}

    def replace(self, faults: Iterable[ScoringFault]) -> None:
        """Swap the list; a fault that stays keeps its counts."""
        self._entries = {fault.id: self._entries.get(fault.id) or _Entry(fault) for fault in faults}
        self._see_what_is_left()

    def meet(self, admission: Admission, method: bytes, target: bytes) -> ScoringFault | None:
        """The first fault that strikes this request, which has a slot; one of its strikes is spent by asking."""
        for entry in self._entries.values():
            if entry.chance.left != 0 and entry.names(admission, method, target):
                strikes = entry.chance.strikes()
                self._tell({"struck": entry.fault.id, "seen": entry.chance.seen, "met": entry.chance.met})
                if strikes:
                    self._see_what_is_left()
                    return entry.fault
        return None

    def _see_what_is_left(self) -> None:
        """One that is spent stays known, or a list that was sent before that was told would bring it back."""
        self.in_force = any(entry.chance.left != 0 for entry in self._entries.values())


class _Entry:
    """One fault, ready to be asked."""

    __slots__ = ("_endpoint", "_method", "_path", "_slot", "chance", "fault")

    def __init__(self, fault: ScoringFault) -> None:
        self.fault = fault
        self.chance = Chance(fault.count, fault.after, fault.probability, fault.seed, seen=fault.seen, met=fault.met)
        self._method = fault.method.upper().encode()
        self._endpoint, self._slot, self._path = (
            re.compile(text, re.IGNORECASE) for text in (fault.endpoint, fault.slot, fault.path)
        )

    def names(self, admission: Admission, method: bytes, target: bytes) -> bool:
        """Whether the fault is about such a request."""
        assert admission.endpoint is not None
        assert admission.slot is not None
        return (
            self._method in (b"*", method)
            and self._endpoint.fullmatch(admission.endpoint.name) is not None
            and self._slot.fullmatch(admission.slot.name) is not None
            and self._path.search(target.partition(b"?")[0].decode("latin-1")) is not None
        )
