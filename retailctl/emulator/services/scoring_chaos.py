"""Chaos mode of scoring requests: faults that strike in the router, of each kind as many.

Scoring requests are much alike, so what one meets follows from the seed and from the order in which they come.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from retailctl.emulator.router.fault_table import ANY, ScoringFault
from retailctl.emulator.services.chaos import LONGEST_DELAY_S, Chaos, ChaosKind

_EFFECTS: Mapping[ChaosKind, Mapping[str, Any]] = {
    "throttle": {"kind": "status", "status": 429},
    "unavailable": {"kind": "status", "status": 503},
    "drop-before": {"kind": "drop", "when": "before"},
    "drop-middle": {"kind": "drop", "when": "middle"},
    "drop-after": {"kind": "drop", "when": "after"},
    "delay": {"kind": "delay", "delay_s": LONGEST_DELAY_S / 2},
}


class ScoringChaos:
    """The faults of one seed, which together meet `rate` of all requests, and how many they met."""

    def __init__(self, chaos: Chaos) -> None:
        run = uuid4().hex
        kinds = [kind for kind in _EFFECTS if kind in chaos.kinds] if "scoring" in chaos.planes else []
        self.faults = [_fault(chaos, f"{run}-{kind}", kind, number, len(kinds)) for number, kind in enumerate(kinds)]
        self.dealt: dict[ChaosKind, int] = {}
        self._kinds = {fault.id: kind for fault, kind in zip(self.faults, kinds, strict=True)}

    def struck(self, fault_id: str, met: int) -> None:
        """The router says how many requests one of them has met."""
        kind = self._kinds.get(fault_id)
        if kind is not None and met:
            self.dealt[kind] = met


def _fault(chaos: Chaos, identifier: str, kind: ChaosKind, number: int, kinds: int) -> ScoringFault:
    share = chaos.rate / kinds
    return ScoringFault(
        identifier,
        endpoint=ANY,
        count=None,
        probability=share / (1 - share * number),  # of those that the kinds before it have left
        seed=chaos.seed * len(_EFFECTS) + number,
        retry_after_s=chaos.retry_after_s,
        **_EFFECTS[kind],
    )
