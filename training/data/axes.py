"""The calendar while files are read: a window of days that widens when a day outside it comes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Span = tuple[int, int]
"""First and last day, both included, in days since 1970-01-01."""

EMPTY: Span = (0, -1)
"""The span of no day."""

LONGEST_YEARS = 50
"""A longer calendar is a mistyped year, and would fill the memory with empty days."""


def joined(span: Span, other: Span) -> Span:
    """The span from the earlier first to the later last day."""
    return other if span == EMPTY else (min(span[0], other[0]), max(span[1], other[1]))


def length(span: Span) -> int:
    return span[1] - span[0] + 1


def is_too_long(span: Span) -> bool:
    return length(span) > LONGEST_YEARS * 366


def window_for(window: Span, span: Span) -> Span:
    """A window that holds ``window`` and ``span``, with spare days on the side where it grows.

    Files sorted by day widen the window with every batch; the spare makes that a few copies, not hundreds.
    """
    if window == EMPTY:
        return span
    spare = length(window) // 2
    return (
        span[0] - spare if span[0] < window[0] else window[0],
        span[1] + spare if span[1] > window[1] else window[1],
    )


def dates(span: Span) -> NDArray[np.datetime64]:
    """(t,) the days of a span."""
    return np.arange(span[0], span[1] + 1).astype("datetime64[D]")
