"""An answer of the endpoint: forecasts as a drawing and a small table."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from retailctl.cli.paint import Paint
from retailctl.cli.plot import band_plot, sparkline
from retailctl.cli.table import Block, Cell, Fields, Table
from retailctl.cli.views.split import slot_style
from retailctl.workflows.invoke.call import InvokeResult

DAYS_SHOWN = 7
SERIES_SHOWN = 12
NARROW, WIDE = 80, 100
"""Columns of the drawing: where nobody knows how many there are, and at most."""


class AnswerView:
    """Draws an answer; ``width`` is the terminal's, None off a terminal."""

    def __init__(self, paint: Paint, width: int | None) -> None:
        self._paint = paint
        self._width = min(width or NARROW, WIDE)

    def __call__(self, result: InvokeResult) -> Iterator[Block]:
        """Who answered and how fast, then what."""
        yield _heading(result)
        forecasts = _forecasts(result.answer)
        if not forecasts:
            yield json.dumps(result.answer, indent=2, ensure_ascii=False)
            return
        first = forecasts[0]
        yield ""
        yield self._paint(f"{_series(first)}, {len(first['dates'])} days from {first['dates'][0]}", "bold")
        yield "\n".join(self._plot(first))
        yield ""
        yield from _days(first)
        if len(forecasts) > 1:
            yield ""
            yield from _all_series(forecasts)

    def _plot(self, forecast: Mapping[str, Any]) -> list[str]:
        levels = sorted(forecast.get("quantiles") or {}, key=float)
        low, high = (forecast["quantiles"][levels[0]], forecast["quantiles"][levels[-1]]) if levels else (None, None)
        ends = (str(forecast["dates"][0]), str(forecast["dates"][-1]))
        band = f"   {self._paint('░', 'dim')} quantiles {levels[0]} to {levels[-1]}" if levels else ""
        legend = f"{self._paint('●', 'cyan')} mean{band}"
        return [legend, *band_plot(forecast["mean"], low, high, labels=ends, width=self._width, paint=self._paint)]


def _heading(result: InvokeResult) -> Fields:
    model = result.answer.get("model") if isinstance(result.answer, dict) else None
    pairs: list[tuple[str, object]] = [
        ("slot", Cell(result.slot, slot_style(result.slot or ""))),
        *_model(model),
        ("took", f"{result.seconds * 1000:.1f} ms"),
        ("request", result.source),
    ]
    if result.sent > 1:
        latency = result.latency
        pairs.append(("sent", f"{result.sent}: " + ", ".join(f"{slot} {n}" for slot, n in result.slots.items())))
        pairs.append(("ms", f"p50 {latency.p50_ms:.1f}  p95 {latency.p95_ms:.1f}  max {latency.max_ms:.1f}"))
    return Fields(pairs)


def _model(model: object) -> Iterator[tuple[str, object]]:
    """What the answer says of the model: its name and version, and up to when it knows sales."""
    if not isinstance(model, dict):
        return
    named = [str(model[key]) for key in ("name", "version") if model.get(key)]
    if named:
        yield "model", ":".join(named)
    if model.get("origin"):
        yield "forecast from", model["origin"]


def _forecasts(answer: object) -> Sequence[Mapping[str, Any]]:
    """The forecasts of an answer; none where it has another shape (another model's, say)."""
    found = answer.get("forecasts") if isinstance(answer, dict) else None
    if not isinstance(found, list):
        return []
    return [each for each in found if isinstance(each, dict) and each.get("dates") and each.get("mean")]


def _series(forecast: Mapping[str, Any]) -> str:
    return f"{forecast.get('store_id', '?')} / {forecast.get('item_id', '?')}"


def _days(forecast: Mapping[str, Any]) -> Iterator[Block]:
    levels = sorted(forecast.get("quantiles") or {}, key=float)
    headings = ["DATE", "MEAN", *(f"Q{level}" for level in levels)]
    days = list(zip(forecast["dates"], forecast["mean"], strict=False))
    rows = [
        [day, f"{mean:.2f}", *(f"{forecast['quantiles'][level][at]:.1f}" for level in levels)]
        for at, (day, mean) in enumerate(days[:DAYS_SHOWN])
    ]
    yield Table(headings, rows, numbers=frozenset(headings[1:]))
    yield from _left_out(len(days) - DAYS_SHOWN, "days")


def _all_series(forecasts: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    rows = [
        [each.get("store_id"), each.get("item_id"), f"{sum(each['mean']):.1f}", sparkline(each["mean"])]
        for each in forecasts[:SERIES_SHOWN]
    ]
    yield Table(("STORE", "ITEM", "TOTAL", "DAYS"), rows, numbers=frozenset(("TOTAL",)))
    yield from _left_out(len(forecasts) - SERIES_SHOWN, "series")


def _left_out(count: int, what: str) -> Iterator[Block]:
    if count > 0:
        yield f"and {count} more {what}; -o json shows all"
