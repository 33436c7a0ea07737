"""Whether a candidate forecasts better than the champion, decided on the windows of both models' backtests."""

from retailctl.domain.comparison.backtest import Backtest, parse_backtest, without_windows
from retailctl.domain.comparison.decision import DEFAULT_CONFIDENCE, Comparison, decide

__all__ = [
    "DEFAULT_CONFIDENCE",
    "Backtest",
    "Comparison",
    "decide",
    "parse_backtest",
    "without_windows",
]
