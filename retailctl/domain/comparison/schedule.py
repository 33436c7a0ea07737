"""Where the windows of a backtest lie: what two trainings have to agree on for their models to be compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from retailctl.domain.comparison.backtest import Backtest

MOST_ORIGINS = 20
"""As many as training's option takes."""


@dataclass(frozen=True)
class Schedule:
    """Windows of one horizon each, one after the other."""

    horizon: int
    """Days of each."""
    origins: int
    """How many."""
    end: date
    """Last day of the newest."""

    @classmethod
    def of(cls, backtest: Backtest) -> Schedule:
        """That of a backtest."""
        end = backtest.windows[-1].origin + timedelta(days=backtest.horizon - 1)
        return cls(backtest.horizon, len(backtest.windows), end)

    @property
    def starts(self) -> frozenset[date]:
        """The first day of each window."""
        return frozenset(self.end - timedelta(days=self.horizon * back - 1) for back in range(1, self.origins + 1))

    def shared(self, backtest: Backtest) -> int:
        """How many of a backtest's windows begin where one of these does."""
        return len(self.starts.intersection(window.origin for window in backtest.windows))
