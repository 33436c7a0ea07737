"""The faults in force, and whom they meet: requests on their way in, and transitions of resources.

They are tried in the order in which they were asked for; then it is chaos mode's turn. They end with the server.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from retailctl.emulator.arm.errors import not_found
from retailctl.emulator.services.chaos import Chaos, ChaosSource, Plane
from retailctl.emulator.services.fault_shapes import (
    CountedFault,
    FailFault,
    Fault,
    RequestFault,
    StuckFault,
    read_fault,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as faults know it; `operation` finds its published name when a fault asks for it."""

    method: str
    path: str
    operation: Callable[[], str]
    plane: Plane | None
    """Which of the cloud's services it is for; None for what is no imitation, which chaos mode leaves alone."""


@dataclass(slots=True)
class FaultInForce:
    """A fault, and how many requests or transitions it has met and will meet."""

    body: Fault
    id: str = field(default_factory=lambda: uuid4().hex)
    seen: int = 0
    met: int = 0
    cleared: asyncio.Event = field(default_factory=asyncio.Event)
    _dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.body.seed if isinstance(self.body, CountedFault) else 0)

    @property
    def left(self) -> int | None:
        """How many more it meets; None for no end."""
        count = self.body.count if isinstance(self.body, CountedFault) else None
        return None if count is None else count - self.met

    def spend(self) -> bool:
        """Whether it strikes, of something that it names; one of its uses is spent if so."""
        if isinstance(self.body, CountedFault):
            self.seen += 1
            if self.seen <= self.body.after or self._dice.random() >= self.body.probability:
                return False
        self.met += 1
        return True

    def document(self) -> dict[str, Any]:
        """It as `/_local/faults` lists it."""
        return {"id": self.id, "left": self.left, "met": self.met, **self.body.model_dump(exclude_none=True)}


class Faults:
    """The faults in force, and chaos mode."""

    def __init__(self) -> None:
        self._faults: dict[str, FaultInForce] = {}
        self._chaos: ChaosSource | None = None

    def add(self, document: Any) -> FaultInForce:
        """Put a fault in force. Raises ArmError (400)."""
        fault = FaultInForce(read_fault(document))
        self._faults[fault.id] = fault
        return fault

    def unleash(self, chaos: Chaos | None) -> None:
        """Begin chaos mode anew, or end it."""
        self._chaos = ChaosSource(chaos) if chaos else None

    def chaos(self) -> dict[str, Any]:
        """Chaos mode as `/_local/chaos` shows it."""
        return self._chaos.document() if self._chaos else {"on": False}

    def take(self, asked: Asked) -> RequestFault | None:
        """The fault that this request meets, one of whose uses is spent by asking."""
        for fault in list(self._faults.values()):
            if isinstance(fault.body, RequestFault) and _names(fault.body, asked) and fault.spend():
                self._drop_if_spent(fault)
                return fault.body
        return self._chaos.take(asked.method, asked.path, asked.plane) if self._chaos and asked.plane else None

    async def meet(self, transition: str, resource: str) -> None:
        """Hang while this transition of a resource is told to. Raises ArmError when it is told to fail."""
        for fault in list(self._faults.values()):
            body = fault.body
            if not isinstance(body, StuckFault | FailFault) or not _concerns(body, transition, resource):
                continue
            if not fault.spend():
                continue
            if isinstance(body, FailFault):
                self._drop_if_spent(fault)
                raise body.error()
            await fault.cleared.wait()

    def list(self) -> list[dict[str, Any]]:
        """Every fault in force."""
        return [fault.document() for fault in self._faults.values()]

    def clear(self, fault_id: str | None = None) -> None:
        """End one fault, or all of them. Raises ArmError (404)."""
        if fault_id is not None and fault_id not in self._faults:
            raise not_found(f"fault '{fault_id}'")
        for identifier in [fault_id] if fault_id else list(self._faults):
            self._faults.pop(identifier).cleared.set()

    def _drop_if_spent(self, fault: FaultInForce) -> None:
        if fault.left == 0:
            self._faults.pop(fault.id, None)


def _names(body: RequestFault, asked: Asked) -> bool:
    if body.method.upper() not in {"*", asked.method} or not re.search(body.path, asked.path, re.IGNORECASE):
        return False
    return body.operation is None or body.operation.lower() == asked.operation().lower()


def _concerns(body: StuckFault | FailFault, transition: str, resource: str) -> bool:
    return body.transition in {"*", transition} and re.fullmatch(body.resource, resource, re.IGNORECASE) is not None
