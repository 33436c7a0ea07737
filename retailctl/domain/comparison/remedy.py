"""What would make two models comparable that are not yet: whose training again, and over how many windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from retailctl.domain.comparison.backtest import Backtest
from retailctl.domain.comparison.decision import LEAST_WINDOWS, Comparison

MOST_ORIGINS = 20
"""As many as training's option takes."""


@dataclass(frozen=True)
class Remedy:
    """Train again, on the candidate's data, with so many origins and days of horizon."""

    who: Literal["candidate", "champion", "both"]
    origins: int
    horizon: int


def remedy(candidate: Backtest, champion: Backtest, found: Comparison) -> Remedy | None:
    """How an inconclusive comparison can be decided; None where more windows cannot be had.

    Origins lie one horizon apart and end with the data. So the windows of two trainings coincide when their data end
    on the same day, or whole horizons apart: the later one then has to look further back.
    """
    if found.enough:
        more = min(2 * len(found.windows), MOST_ORIGINS)
        return Remedy("both", more, candidate.horizon) if more > len(found.windows) else None
    if len(candidate.windows) < LEAST_WINDOWS:
        return Remedy("both", LEAST_WINDOWS, candidate.horizon)
    back = _windows_back(candidate, champion, found)
    if back is None:
        return Remedy("champion", len(candidate.windows), candidate.horizon)
    return Remedy("candidate" if back > 0 else "champion", abs(back) + LEAST_WINDOWS, candidate.horizon)


def _windows_back(candidate: Backtest, champion: Backtest, found: Comparison) -> int | None:
    """By how many windows the candidate's newest is later; None where looking further back does not help."""
    corrected = any(each.cause == "corrected" for each in found.left_out)
    if corrected or candidate.horizon != champion.horizon or len(champion.windows) < LEAST_WINDOWS:
        return None
    windows, rest = divmod((candidate.windows[-1].origin - champion.windows[-1].origin).days, candidate.horizon)
    return None if rest or abs(windows) + LEAST_WINDOWS > MOST_ORIGINS else windows
