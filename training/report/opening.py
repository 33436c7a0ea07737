"""What the report opens with: the verdict in one sentence, the data it rests on, and four figures."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element

from training.backtest import Backtest
from training.panel import Panel
from training.report.axis import full_day
from training.report.markup import shortened, tag
from training.report.score_index import WHOLE, ScoreIndex
from training.report.words import MEASURES, NAIVE, change, figure, level, percent, signed_percent, true_minus

MOST_WARNINGS = 20
_SLIGHT = 0.005
"""Bias that no planner would act on."""


def opening(backtest: Backtest, scores: ScoreIndex, verdict: str) -> list[Element | None]:
    """The head of the page."""
    return [
        tag("h1", "Demand forecast: backtest report"),
        tag("p", _sentence(verdict), class_="verdict"),
        tag("p", _facts(backtest), class_="facts"),
        tag("div", *_tiles(scores, backtest.quantiles), class_="tiles"),
        _warnings(backtest.panel),
    ]


def _sentence(verdict: str) -> str:
    """The log's last line as a sentence of its own."""
    words = verdict.removeprefix("Verdict: ")
    sentence = f"{words[:1].upper()}{true_minus(words[1:])}."
    # A measure and its figure, and the parts of "28-day", stay on one line.
    whole = sentence.replace("28-day", "28\N{NON-BREAKING HYPHEN}day")
    return re.sub(r" (?=[+\N{MINUS SIGN}])", "\N{NO-BREAK SPACE}", whole)


def _facts(backtest: Backtest) -> str:
    panel, folds = backtest.panel, backtest.folds
    horizon, stores = folds[0].actual.shape[1], len(panel.stores)
    first, last = full_day(panel.dates[0]), full_day(panel.origin_date - 1)
    return (
        f"{_many(panel.n_series, 'series', 'series')} in {_many(stores, 'store', 'stores')}, "
        f"{_many(panel.origin, 'day', 'days')} of sales from {first} to {last}. "
        f"Tested on {_many(horizon, 'day', 'days')} from each of {_many(len(folds), 'origin', 'origins')}, "
        "each with a model trained on earlier days only. "
        f"The model forecasts from {full_day(panel.origin_date)} on."
    )


def _many(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"


def _tiles(scores: ScoreIndex, levels: Sequence[float]) -> list[Element]:
    """The measures of error beside the seasonal naive, the bias, and how much the band holds."""
    shown = [measure for measure in ("wrmsse", "wape", "rmsse") if scores.has([WHOLE], measure)][:2]
    tiles = [_error_tile(scores, measure) for measure in shown]
    bias = scores.figure(WHOLE, "bias")
    if math.isfinite(bias):
        tiles.append(_tile("Bias", figure("bias", bias), f"of the units sold: {_direction(bias)}"))
    held = scores.coverage(WHOLE, levels[-1]) - scores.coverage(WHOLE, levels[0])
    if len(levels) > 1 and math.isfinite(held):
        promised = percent(levels[-1] - levels[0])
        band = f"{level(levels[0])} to {level(levels[-1])}"
        tiles.append(_tile("Days inside the band", percent(held), f"{band}: {promised} promised"))
    return tiles


def _direction(bias: float) -> str:
    if abs(bias) < _SLIGHT:
        return "next to none"
    return "too much is forecast" if bias > 0 else "too little is forecast"


def _error_tile(scores: ScoreIndex, measure: str) -> Element:
    ours, theirs = scores.figure(WHOLE, measure), scores.figure(WHOLE, measure, NAIVE)
    gain = change(ours, theirs)
    if not math.isfinite(gain):
        return _tile(MEASURES[measure], figure(measure, ours), "error; lower is better")
    word = tag("span", f"{signed_percent(gain)} against the seasonal naive", class_="good" if gain < 0 else "bad")
    return _tile(MEASURES[measure], figure(measure, ours), word)


def _tile(name: str, value: str, below: str | Element) -> Element:
    under = tag("span", below) if isinstance(below, str) else below
    return tag("div", tag("span", name, class_="name"), tag("b", value), under, class_="tile")


def _warnings(panel: Panel) -> Element | None:
    if not panel.warnings:
        return None
    items = [tag("li", shortened(warning, 400)) for warning in panel.warnings[:MOST_WARNINGS]]
    left_out = len(panel.warnings) - len(items)
    if left_out:
        items.append(tag("li", f"and {left_out:,} more in the job's log"))
    title = tag("b", "What was assumed about the data")
    return tag("div", title, tag("ul", *items), class_="notes")
