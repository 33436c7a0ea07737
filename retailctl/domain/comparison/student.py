"""Student's t distribution for whole degrees of freedom, by its finite series; nothing has to converge.

Source: Abramowitz & Stegun (1964), "Handbook of Mathematical Functions", 26.7.3 and 26.7.4.
"""

from __future__ import annotations

import math

_HALVINGS = 100
"""More than a float's digits can tell apart."""


def two_sided_p(t: float, degrees: int) -> float:
    """The probability that |T| exceeds |t| when T has ``degrees`` (1, 2, ...) degrees of freedom."""
    return max(0.0, 1.0 - _within(math.atan2(abs(t), math.sqrt(degrees)), degrees))


def critical_value(confidence: float, degrees: int) -> float:
    """The t whose interval from -t to t holds ``confidence`` (above 0, below 1) of the distribution."""
    low, high = 0.0, math.pi / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _within(middle, degrees) < confidence:
            low = middle
        else:
            high = middle
    return math.sqrt(degrees) * math.tan((low + high) / 2)


def _within(angle: float, degrees: int) -> float:
    """The probability of |T| <= tan(angle) * sqrt(degrees)."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = degrees % 2 == 1
    term = cosine if odd else 1.0
    total = term if degrees > 1 else 0.0
    for power in range(3 if odd else 2, degrees - 1, 2):
        term *= cosine * cosine * (power - 1) / power
        total += term
    return 2 / math.pi * (angle + sine * total) if odd else sine * total
