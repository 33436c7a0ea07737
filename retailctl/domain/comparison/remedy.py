"""What would make two models comparable that are not yet: whose training again, and over which windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from retailctl.domain.comparison.backtest import Backtest
from retailctl.domain.comparison.decision import LEAST_WINDOWS, Comparison
from retailctl.domain.comparison.schedule import MOST_ORIGINS, Schedule


@dataclass(frozen=True)
class Remedy:
    """Train again, on the candidate's data, over these windows."""

    who: Literal["candidate", "champion", "both"]
    windows: Schedule


def remedy(candidate: Backtest, champion: Backtest, found: Comparison) -> Remedy | None:
    """How an inconclusive comparison can be decided, by as little training as will do; None where nothing would.

    A candidate that saw later days is trained again over the champion's windows. Where its data does not reach them,
    or says something else about them, or its horizon is another one, the champion is trained over the candidate's.
    """
    wanted = len(found.windows) + 1 if found.enough else LEAST_WINDOWS
    own, other = Schedule.of(candidate), Schedule.of(champion)
    if own.horizon == other.horizon and other.end <= own.end and _usable(champion, found, "corrected") >= wanted:
        return Remedy("candidate", other)
    if _usable(candidate, found) >= wanted:
        return Remedy("champion", own)
    more = max(LEAST_WINDOWS, min(2 * len(found.windows), MOST_ORIGINS))
    return Remedy("both", Schedule(own.horizon, more, own.end)) if more >= wanted else None


def _usable(backtest: Backtest, found: Comparison, *causes: str) -> int:
    """Windows that nothing is known against: on its data nothing was sold, say, or for one of the ``causes``."""
    against = {each.origin for each in found.left_out if each.cause in ("unsold", "exact", "overlapping", *causes)}
    return sum(window.origin not in against for window in backtest.windows)
