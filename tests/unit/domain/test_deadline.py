"""Waits end: with an answer, or at the deadline with what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from retailctl.domain.deadline import Deadline, poll
from retailctl.errors import WaitTimedOut


class SteppedClock:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.elapsed = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        self.elapsed += seconds


def test_poll_returns_the_first_answer() -> None:
    clock = SteppedClock()
    answers = iter([None, None, "ready"])
    deadline = Deadline.after(clock, 60)
    assert poll(lambda: next(answers), deadline, interval_s=5, waiting_for="x", look="y") == "ready"
    assert clock.elapsed == 10


def test_poll_gives_up_at_the_deadline_and_says_how_to_look() -> None:
    clock = SteppedClock()
    with pytest.raises(WaitTimedOut) as caught:
        poll(
            lambda: None,
            Deadline.after(clock, 12),
            interval_s=5,
            waiting_for="slot green",
            look="retailctl status",
        )
    assert clock.elapsed == 12
    assert "slot green after 12s" in caught.value.message
    assert caught.value.hint == "retailctl status"
