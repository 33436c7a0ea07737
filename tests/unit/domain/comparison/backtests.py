"""Documents of backtests as training writes them, with the errors that a test wants."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from retailctl.domain.comparison import Backtest, parse_backtest

HORIZON = 28
NEWEST = date(2016, 4, 25)
UNITS = 100.0


def origins(count: int, *, newest: date = NEWEST, spacing: int = HORIZON) -> list[str]:
    """So many origins, one horizon apart, the oldest first."""
    return [str(newest - timedelta(days=spacing * back)) for back in reversed(range(count))]


def method(
    absolute_error: Sequence[float],
    error: Sequence[float] | None = None,
    wrmsse: float | None = None,
    stores: Mapping[str, Mapping[str, float]] | None = None,
) -> dict[str, Any]:
    """One method's part of a window; units a day."""
    signed = list(error or [0.0] * len(absolute_error))
    return {
        "wrmsse": wrmsse,
        "wape": sum(absolute_error) / (UNITS * len(absolute_error)),
        "bias": 0.0,
        "wspl": None,
        "error": signed,
        "absolute_error": list(absolute_error),
        "stores": dict(stores or {"CA_1": sums(sum(absolute_error), UNITS * len(absolute_error))}),
    }


def sums(absolute_error: float, units: float = UNITS * HORIZON) -> dict[str, float]:
    """A store's part of a method."""
    return {"units": units, "absolute_error": absolute_error, "error": 0.0}


def window(origin: str, model: dict[str, Any], naive_wrmsse: float | None = 0.9) -> dict[str, Any]:
    """One window in which 100 units were sold each day."""
    days = len(model["error"])
    return {
        "origin": origin,
        "units": [UNITS] * days,
        "methods": {"model": model, "seasonal_naive": method([50.0] * days, wrmsse=naive_wrmsse)},
    }


def document(windows: Sequence[dict[str, Any]], *, horizon: int = HORIZON, fingerprint: str = "f" * 64) -> Any:
    """The whole of ``backtest.json``."""
    return {
        "format": 2,
        "data_fingerprint": fingerprint,
        "horizon": horizon,
        "origins": [each["origin"] for each in windows],
        "quantiles": [0.1, 0.5, 0.9],
        "scores": [],
        "windows": list(windows),
    }


def scored(*wrmsse: float, bias: float = 0.0, first: list[str] | None = None, **rest: Any) -> Any:
    """A document whose windows have these WRMSSE, and half of each as WAPE."""
    places = first or origins(len(wrmsse))
    windows = [
        window(origin, method([value / 2 * UNITS] * HORIZON, [bias * UNITS] * HORIZON, value))
        for origin, value in zip(places, wrmsse, strict=True)
    ]
    return document(windows, **rest)


def read(content: Any) -> Backtest:
    """The document as the product reads it."""
    return parse_backtest(json.dumps(content), "job a", again="retailctl train")
