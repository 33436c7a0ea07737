"""A model's backtest as training wrote it into ``backtest.json``: what was sold and forecast in each window.

Format 2 is the first with windows; training/README.md describes it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from retailctl.errors import InvalidData

FORMAT = 2
"""The one that is read."""
MODEL = "model"
NAIVE = "seasonal_naive"

Json = Mapping[str, object]


class _Malformed(Exception):
    """A value of the document is not what the format says; the text names it."""


@dataclass(frozen=True)
class StoreSums:
    """Sums over a window's days and the items of one store, in units."""

    units: float
    absolute_error: float


@dataclass(frozen=True)
class Forecasts:
    """One method's forecasts of a window."""

    wrmsse: float | None
    """None where the data gives it no meaning."""
    error: tuple[float, ...]
    """Forecast less sold, units a day, over all series."""
    absolute_error: tuple[float, ...]
    """Units a day, taken series by series before the sum."""
    stores: Mapping[str, StoreSums]


@dataclass(frozen=True)
class Window:
    """The days that were forecast from one origin, which is the first of them."""

    origin: date
    units: tuple[float, ...]
    """Sold a day, over all series."""
    model: Forecasts
    naive: Forecasts


@dataclass(frozen=True)
class Backtest:
    """Every window of a model's backtest, the oldest first."""

    horizon: int
    """Days of each window."""
    data_fingerprint: str
    windows: tuple[Window, ...]


def parse_backtest(text: str, what: str, *, again: str) -> Backtest:
    """Read the text of ``backtest.json``.

    Args:
        what: whose it is, for messages ("job brisk_fox").
        again: the command that trains the same model anew.

    Raises:
        InvalidData: an older or newer format, or not what the format says; the value is named.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise _refused(f"backtest.json of {what} cannot be read", str(error), again) from error
    _check_format(document, what, again)
    try:
        return _backtest(document)
    except _Malformed as error:
        raise _refused(f"backtest.json of {what} cannot be read", str(error), again) from error


def without_windows(what: str, again: str) -> InvalidData:
    """The failure of a model that was trained before backtests kept their windows."""
    reason = "it was trained before backtest.json held the windows that models are compared on"
    return _refused(f"{what} cannot be compared", reason, again)


def _check_format(document: object, what: str, again: str) -> None:
    number = document.get("format") if isinstance(document, dict) else None
    if not isinstance(number, int) or number < FORMAT:
        raise without_windows(what, again)
    if number > FORMAT:
        raise InvalidData(
            f"backtest.json of {what} has format {number}; this retailctl reads format {FORMAT}",
            reason="it was written by a newer training",
            hint="install the retailctl that belongs to it",
        )


def _refused(message: str, reason: str, again: str) -> InvalidData:
    return InvalidData(message, reason=reason, hint=f"train it anew: {again}")


def _backtest(document: Json) -> Backtest:
    horizon = int(_number(document.get("horizon"), "horizon"))
    windows = [
        _window(_mapping(each, f"windows[{place}]"), horizon, f"windows[{place}]")
        for place, each in enumerate(_list(document.get("windows"), "windows"))
    ]
    if not windows:
        raise _Malformed("windows: there is none")
    if len({window.origin for window in windows}) < len(windows):
        raise _Malformed("windows: an origin occurs twice")
    windows.sort(key=lambda window: window.origin)
    return Backtest(horizon, str(document.get("data_fingerprint") or ""), tuple(windows))


def _window(window: Json, horizon: int, where: str) -> Window:
    methods = _mapping(window.get("methods"), f"{where}.methods")

    def method(name: str) -> Forecasts:
        place = f"{where}.methods.{name}"
        return _forecasts(_mapping(methods.get(name), place), horizon, place)

    units = _days(window.get("units"), horizon, f"{where}.units")
    return Window(_date(window.get("origin"), f"{where}.origin"), units, method(MODEL), method(NAIVE))


def _forecasts(method: Json, horizon: int, where: str) -> Forecasts:
    wrmsse = method.get("wrmsse")
    stores = _mapping(method.get("stores") or {}, f"{where}.stores")
    return Forecasts(
        wrmsse=None if wrmsse is None else _number(wrmsse, f"{where}.wrmsse"),
        error=_days(method.get("error"), horizon, f"{where}.error"),
        absolute_error=_days(method.get("absolute_error"), horizon, f"{where}.absolute_error"),
        stores={name: _sums(sums, f"{where}.stores.{name}") for name, sums in stores.items()},
    )


def _sums(value: object, where: str) -> StoreSums:
    sums = _mapping(value, where)
    return StoreSums(*(_number(sums.get(name), f"{where}.{name}") for name in ("units", "absolute_error")))


def _days(value: object, horizon: int, where: str) -> tuple[float, ...]:
    days = _list(value, where)
    if len(days) != horizon:
        raise _Malformed(f"{where} has {len(days)} days; the horizon is {horizon}")
    return tuple(_number(day, f"{where}[{place}]") for place, day in enumerate(days))


def _mapping(value: object, where: str) -> Json:
    if not isinstance(value, dict):
        raise _Malformed(f"{where} is no object")
    return value


def _list(value: object, where: str) -> Sequence[object]:
    if not isinstance(value, list):
        raise _Malformed(f"{where} is no list")
    return value


def _number(value: object, where: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise _Malformed(f"{where} is no finite number")
    return float(value)


def _date(value: object, where: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise _Malformed(f"{where} is no date") from error
