"""All drawings of a training, by name: what the report shows, and what the tracking server gets as files."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from training.backtest import Backtest
from training.backtest.folds import MODEL
from training.features import feature_names
from training.model.export import gains
from training.pipeline import Training
from training.report.chosen_series import chosen_series
from training.report.markup import tag, xml_text
from training.report.score_figures import (
    bias_figure,
    coverage_error_figure,
    coverage_figure,
    horizon_figure,
    importance_figure,
    level_figure,
    ranked,
)
from training.report.score_index import ScoreIndex
from training.report.series_figures import earlier_residuals, series_figure, series_name, total_figure
from training.report.words import METHODS, NAIVE, units

STYLE = Path(__file__).with_name("drawing.css")
"""Style sheet of the drawings."""

_TITLE = 32.0
"""Height of the title of a drawing in a file of its own."""

_NAMESPACE = "http://www.w3.org/2000/svg"
_BIAS = "forecast minus sold, of the units sold: above 0 too much was forecast"
_RELIABILITY = tuple(round(0.05 * place, 2) for place in range(1, 20))
"""Levels of the coverage drawing."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """An inline SVG with its words."""

    title: str
    caption: str
    svg: Element


def importance(training: Training) -> list[tuple[str, float]]:
    """(feature, share of the trees' gain), highest first."""
    return ranked(feature_names(training.windows.spec), gains(training.estimator))


def drawings(training: Training, scores: ScoreIndex) -> dict[str, Drawing]:
    """Name -> drawing; those that the data gives nothing to draw for are left out."""
    backtest = training.backtest
    drawn = {
        "total": Drawing("All series together", "units a day; a forecast from each origin", total_figure(backtest)),
        **_series(backtest),
        "error_by_horizon": Drawing("Error by days ahead", "of the units sold", horizon_figure(scores, "wape", "WAPE")),
        "bias_by_horizon": Drawing("Bias by days ahead", _BIAS, horizon_figure(scores, "bias", "bias")),
        "bias_by_group": Drawing("Bias of the whole and its parts", _BIAS, bias_figure(scores)),
    }
    levels = scores.groups("level")
    if scores.has(levels, "wrmsse"):
        caption = "WRMSSE from the total down to items in stores"
        drawn["error_by_level"] = Drawing("Error by level", caption, level_figure(scores, "wrmsse", "WRMSSE"))
    coverage = {level: share for level, share in backtest.coverage(_RELIABILITY).items() if math.isfinite(share)}
    if coverage:
        caption = "share of later days at or below each quantile"
        drawn["coverage"] = Drawing("Coverage", caption, coverage_figure(coverage))
        caption = "points by which more (above 0) or fewer days than promised are at or below a quantile"
        drawn["coverage_error"] = Drawing("Difference from the promise", caption, coverage_error_figure(coverage))
    shares = [pair for pair in importance(training) if pair[1] > 0]
    if shares:
        drawn["feature_importance"] = Drawing(
            "Feature importance", "share of the trees' gain", importance_figure(shares)
        )
    return drawn


def _series(backtest: Backtest) -> dict[str, Drawing]:
    chosen, quantiles = chosen_series(backtest.scored[-1]), earlier_residuals(backtest)
    return {
        title.lower(): Drawing(
            f"{title}: {series_name(backtest, series)}",
            _sums(backtest, series),
            series_figure(backtest, series, quantiles),
        )
        for title, series in chosen.items()
    }


def _sums(backtest: Backtest, series: int) -> str:
    """What was sold and forecast in all, on the days on which the item was for sale."""
    fold = backtest.folds[-1]
    for_sale = ~np.isnan(fold.actual[series])
    sums = {METHODS[method].lower(): fold.forecasts[method][series][for_sale].sum() for method in (MODEL, NAIVE)}
    told = ", ".join(f"{title} {units(round(float(total)))}" for title, total in sums.items())
    return f"in {for_sale.sum()} days: sold {units(float(np.nansum(fold.actual[series])))}, {told}"


def standalone(drawing: Drawing) -> str:
    """The drawing under its title as the text of an SVG file, which needs no other file."""
    style = tag("style", STYLE.read_text(encoding="utf-8"))
    alone = tag("svg", style, tag("text", drawing.title, x=4, y=-10, class_="heading"), *drawing.svg)
    alone.attrib |= {**drawing.svg.attrib, "xmlns": _NAMESPACE, "viewBox": _with_room(drawing.svg.attrib["viewBox"])}
    return xml_text(alone) + "\n"


def _with_room(view: str) -> str:
    """A view box with room for a title on top."""
    width, height = view.split()[2:]
    return f"0 -{_TITLE:g} {width} {float(height) + _TITLE:g}"
