"""The faults in force, and whom they meet: requests on their way in, and transitions of resources.

They are tried in the order in which they were asked for; then it is chaos mode's turn. Those of scoring requests strike
in the router, which tells of it. They end with the server.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from retailctl.emulator.arm.errors import not_found
from retailctl.emulator.faults.chance import Chance
from retailctl.emulator.router.fault_table import ScoringFault
from retailctl.emulator.services.chaos import Chaos, ChaosSource, Plane
from retailctl.emulator.services.fault_shapes import (
    CountedFault,
    FailFault,
    Fault,
    RequestFault,
    StuckFault,
    read_fault,
)
from retailctl.emulator.services.scoring_chaos import ScoringChaos


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
    cleared: asyncio.Event = field(default_factory=asyncio.Event)
    chance: Chance = field(init=False)

    def __post_init__(self) -> None:
        body = self.body
        if isinstance(body, CountedFault):
            self.chance = Chance(body.count, body.after, body.probability, body.seed)
        else:
            self.chance = Chance(count=None)

    def of_scoring(self) -> ScoringFault | None:
        """It as the router knows it, if it is about scoring requests."""
        body = self.body
        if not isinstance(body, RequestFault) or body.endpoint is None:
            return None
        fields = body.model_dump(exclude_none=True, exclude={"count"})
        return ScoringFault(self.id, count=body.count, seen=self.chance.seen, met=self.chance.met, **fields)

    def document(self) -> dict[str, Any]:
        """It as `/_local/faults` lists it."""
        chance = self.chance
        return {"id": self.id, "left": chance.left, "met": chance.met, **self.body.model_dump(exclude_none=True)}


class Faults:
    """The faults in force, and chaos mode."""

    def __init__(self) -> None:
        self._faults: dict[str, FaultInForce] = {}
        self._chaos: ChaosSource | None = None
        self._scoring_chaos: ScoringChaos | None = None

    def add(self, document: Any) -> FaultInForce:
        """Put a fault in force. Raises ArmError (400)."""
        fault = FaultInForce(read_fault(document))
        self._faults[fault.id] = fault
        return fault

    def unleash(self, chaos: Chaos | None) -> None:
        """Begin chaos mode anew, or end it."""
        self._chaos = ChaosSource(chaos) if chaos else None
        self._scoring_chaos = ScoringChaos(chaos) if chaos else None

    def chaos(self) -> dict[str, Any]:
        """Chaos mode as `/_local/chaos` shows it."""
        if self._chaos is None or self._scoring_chaos is None:
            return {"on": False}
        told = self._chaos.document()
        return {**told, "dealt": dict(Counter(told["dealt"]) + Counter(self._scoring_chaos.dealt))}

    def take(self, asked: Asked) -> RequestFault | None:
        """The fault that this request meets, one of whose uses is spent by asking."""
        for fault in list(self._faults.values()):
            if isinstance(fault.body, RequestFault) and _names(fault.body, asked) and fault.chance.strikes():
                self._drop_if_spent(fault)
                return fault.body
        return self._chaos.take(asked.method, asked.path, asked.plane) if self._chaos and asked.plane else None

    async def meet(self, transition: str, resource: str) -> None:
        """Hang while this transition of a resource is told to. Raises ArmError when it is told to fail."""
        for fault in list(self._faults.values()):
            body = fault.body
            if not isinstance(body, StuckFault | FailFault) or not _concerns(body, transition, resource):
                continue
            if not fault.chance.strikes():
                continue
            if isinstance(body, FailFault):
                self._drop_if_spent(fault)
                raise body.error()
            await fault.cleared.wait()

    def scoring(self) -> list[ScoringFault]:
        """Those of scoring requests, for the router; chaos mode's come last."""
        found = [each for fault in self._faults.values() if (each := fault.of_scoring()) is not None]
        return found + (self._scoring_chaos.faults if self._scoring_chaos else [])

    def struck(self, fault_id: str, seen: int, met: int) -> None:
        """The router says of how many requests one of them was, and how many it met."""
        if self._scoring_chaos:
            self._scoring_chaos.struck(fault_id, met)
        fault = self._faults.get(fault_id)
        if fault is not None:
            fault.chance.seen, fault.chance.met = seen, met
            self._drop_if_spent(fault)

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
        if fault.chance.left == 0:
            self._faults.pop(fault.id, None)


def _names(body: RequestFault, asked: Asked) -> bool:
    if body.endpoint is not None:
        return False
    if body.method.upper() not in {"*", asked.method} or not re.search(body.path, asked.path, re.IGNORECASE):
        return False
    return body.operation is None or body.operation.lower() == asked.operation().lower()


def _concerns(body: StuckFault | FailFault, transition: str, resource: str) -> bool:
    return body.transition in {"*", transition} and re.fullmatch(body.resource, resource, re.IGNORECASE) is not None
