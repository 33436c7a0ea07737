"""Waits with an end: every wait has a deadline, an interval and a clock that is handed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from retailctl.domain.clock import Clock
from retailctl.domain.durations import format_duration
from retailctl.errors import WaitTimedOut

T = TypeVar("T")


@dataclass(frozen=True)
class Deadline:
    """The moment (on the clock's monotonic scale) after which a wait gives up."""

    clock: Clock
    allowed_s: float
    ends_at: float

    @classmethod
    def after(cls, clock: Clock, seconds: float) -> Deadline:
        """The deadline ``seconds`` from now."""
        return cls(clock, seconds, clock.monotonic() + seconds)

    @property
    def remaining_s(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self.ends_at - self.clock.monotonic())

    @property
    def passed(self) -> bool:
        """Whether the time is over."""
        return self.remaining_s <= 0


def poll(probe: Callable[[], T | None], deadline: Deadline, *, interval_s: float, waiting_for: str, look: str) -> T:
    """Ask ``probe`` until it answers something other than None.

    Args:
        waiting_for: what goes on after the deadline, for the message ("deployment green becoming ready").
        look: the command that shows how it stands.

    Raises:
        WaitTimedOut: the deadline passed; the work itself goes on.
    """
    while True:
        answer = probe()
        if answer is not None:
            return answer
        if deadline.passed:
            raise timed_out(deadline, waiting_for=waiting_for, look=look)
        deadline.clock.sleep(min(interval_s, deadline.remaining_s))


def timed_out(deadline: Deadline, *, waiting_for: str, look: str) -> WaitTimedOut:
    """The error of a wait that is over while the work goes on; arguments as in :func:`poll`."""
    return WaitTimedOut(
        f"gave up waiting for {waiting_for} after {format_duration(deadline.allowed_s)}",
        reason="it goes on in the workspace",
        hint=look,
    )
