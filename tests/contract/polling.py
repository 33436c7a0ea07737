"""Waiting for a condition instead of for a time."""

from __future__ import annotations

import time
from collections.abc import Callable

_INTERVAL_S = 0.02
_DEADLINE_S = 30.0


def until(condition: Callable[[], bool], deadline_s: float = _DEADLINE_S) -> None:
    """Return as soon as the condition holds; AssertionError when it does not in time."""
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(_INTERVAL_S)
