"""A backtest as the JSON value of backtest.json, which the report and the comparison of two models read."""

from __future__ import annotations

import math
from dataclasses import asdict

from training.backtest.scores import ScoreRow
from training.backtest.windows import WindowErrors

FORMAT = 2


def document(
    fingerprint: str, quantiles: tuple[float, ...], scores: tuple[ScoreRow, ...], windows: tuple[WindowErrors, ...]
) -> dict[str, object]:
    """Figures without a meaning are null; ``fingerprint`` is that of the data."""
    return {
        "format": FORMAT,
        "data_fingerprint": fingerprint,
        "horizon": len(windows[0].units),
        "origins": [window.origin for window in windows],
        "quantiles": list(quantiles),
        "scores": [_plain(asdict(row)) for row in scores],
        "windows": [_plain(asdict(window)) for window in windows],
    }


def _plain(value: object) -> object:
    """JSON has neither NaN nor keys that are numbers."""
    if isinstance(value, dict):
        return {_key(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _key(key: object) -> str:
    return f"{key:g}" if isinstance(key, float) else str(key)
