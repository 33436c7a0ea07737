"""Chaos mode: a seeded stream of faults that a correct client survives.

Whether a request meets a fault, and which, follows from the seed, the request's method and path, and how often the
same was asked before; not from the time, nor from what other requests did in between (but of many thousands of
different ones the oldest are forgotten). No request meets more than two faults in a row, so that whoever repeats what
may be repeated gets through. Storage throttles by 503, never by 429,
which its clients do not repeat
(https://learn.microsoft.com/azure/storage/blobs/scalability-targets#timeouts-and-server-busy-errors).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from pydantic import ConfigDict, Field

from retailctl.emulator.arm.bodies.shape import Shape
from retailctl.emulator.services.fault_shapes import DelayFault, DropFault, RequestFault, StatusFault

ChaosKind = Literal["throttle", "unavailable", "drop-before", "drop-middle", "drop-after", "delay", "lost-poll"]
Plane = Literal["management", "storage", "scoring"]
PLANES: tuple[Plane, ...] = ("management", "storage")
"""Where chaos mode is unless said; callers of endpoints must be ready for it."""
CHAOS_KINDS: tuple[ChaosKind, ...] = get_args(ChaosKind)
_LONGEST_ROW = 2
LONGEST_DELAY_S = 0.5
_MOST_REMEMBERED = 10_000
_POLLS = ("/mfeoperationsstatus/", "/mfeoperationresults/")


@dataclass(frozen=True)
class Chaos:
    """What chaos mode does: to about `rate` of all requests of `planes` one of `kinds`, all of them unless said.

    `retry_after_s` is what 429 and 503 ask for.
    """

    seed: int = 0
    rate: float = 0.1
    kinds: tuple[ChaosKind, ...] = CHAOS_KINDS
    retry_after_s: float = 1.0
    planes: tuple[Plane, ...] = PLANES


class ChaosBody(Shape):
    """PUT of chaos mode."""

    model_config = ConfigDict(extra="forbid", alias_generator=None)

    seed: int = 0
    rate: float = Field(default=0.1, gt=0, le=1)
    kinds: list[ChaosKind] = Field(default_factory=lambda: list(CHAOS_KINDS), min_length=1)
    retry_after_s: float = Field(default=1.0, ge=0, le=60)
    planes: list[Plane] = Field(default_factory=lambda: list(PLANES), min_length=1)

    def chaos(self) -> Chaos:
        """The settings."""
        return Chaos(self.seed, self.rate, tuple(self.kinds), self.retry_after_s, tuple(self.planes))


@dataclass(slots=True)
class _Asked:
    """How often a request came, and how many faults in a row it has met."""

    times: int = 0
    row: int = 0


class ChaosSource:
    """Deals out the faults of one seed."""

    def __init__(self, chaos: Chaos) -> None:
        self._chaos = chaos
        self._requests = 0
        self._remembered: dict[tuple[str, str], _Asked] = {}
        self._dealt: Counter[ChaosKind] = Counter()

    def take(self, method: str, path: str, plane: Plane = "management") -> RequestFault | None:
        """The fault that this request meets, if any."""
        if plane not in self._chaos.planes:
            return None
        asked = self._count((method, path))
        dice = random.Random(f"{self._chaos.seed} {method} {path} {asked.times}")
        if dice.random() >= self._chaos.rate or asked.row == _LONGEST_ROW:
            asked.row = 0
            return None
        kinds = [kind for kind in self._chaos.kinds if kind != "lost-poll" or _is_poll(path)]
        if not kinds:
            return None
        kind = dice.choice(kinds)
        asked.row += kind != "delay"
        self._dealt[kind] += 1
        return self._fault(kind, plane, dice)

    def _count(self, request: tuple[str, str]) -> _Asked:
        """What is remembered of a request, which comes once more; the one that was asked longest ago is forgotten."""
        asked = self._remembered.pop(request, None) or _Asked()
        self._remembered[request] = asked
        if len(self._remembered) > _MOST_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        asked.times += 1
        self._requests += 1
        return asked

    def document(self) -> dict[str, Any]:
        """The settings, and how many faults of each kind there were."""
        return {"on": True, **asdict(self._chaos), "requests": self._requests, "dealt": dict(self._dealt)}

    def _fault(self, kind: ChaosKind, plane: Plane, dice: random.Random) -> RequestFault:
        pause = self._chaos.retry_after_s
        busy = StatusFault(status=503, code="ServerBusy", retry_after_s=pause)
        makers: Mapping[ChaosKind, RequestFault] = {
            "throttle": StatusFault(status=429, retry_after_s=pause) if plane == "management" else busy,
            "unavailable": StatusFault(status=503, retry_after_s=pause),
            "drop-before": DropFault(when="before"),
            "drop-middle": DropFault(when="middle"),
            "drop-after": DropFault(when="after"),
            "delay": DelayFault(delay_s=dice.uniform(0, LONGEST_DELAY_S)),
            "lost-poll": StatusFault(status=500),
        }
        return makers[kind]


def _is_poll(path: str) -> bool:
    return any(part in path.lower() for part in _POLLS)
