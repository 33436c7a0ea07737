"""Rolling-origin backtest: the model and the baselines on days that were the future at the time."""

from __future__ import annotations

from training.backtest.backtest import Backtest
from training.backtest.folds import Fold, fold_origins
from training.backtest.scored import ScoredFold
from training.backtest.scores import ScoreRow
from training.backtest.windows import WindowErrors

__all__ = ["Backtest", "Fold", "ScoreRow", "ScoredFold", "WindowErrors", "fold_origins"]
