"""Which series are shown, and the marks along an axis."""

from __future__ import annotations

import math
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.panels import make_panel
from tests.training.report.pages import Page
from training.backtest import Backtest, Fold
from training.panel import Dates
from training.pipeline import Training
from training.report.axis import date_axis, number_axis, step_axis
from training.report.chosen_series import chosen_series
from training.report.markup import html_text, printable, shortened, tag, xml_text


def test_best_typical_and_worst_are_by_scaled_error(training: Training) -> None:
    scored = training.backtest.scored[-1]
    actual, forecast = scored.fold.actual, scored.fold.forecasts["model"]
    error = np.nanmean((actual - forecast) ** 2, axis=1) / scored.measures.series_scales.squared
    units = np.nansum(actual, axis=1)
    most = np.flatnonzero(units > 0)
    chosen = chosen_series(scored)
    assert list(chosen) == ["Best", "Typical", "Worst"]
    assert chosen["Best"] == most[np.nanargmin(error[most])]
    assert chosen["Worst"] == most[np.nanargmax(error[most])]
    assert error[chosen["Best"]] <= error[chosen["Typical"]] <= error[chosen["Worst"]]


def test_of_many_series_only_those_that_sold_most_are_chosen() -> None:
    units = np.arange(1.0, 101.0, dtype=np.float32)
    panel = make_panel(days=60)
    many = replace(
        panel,
        store_ids=tuple(f"store {place:03}" for place in range(100)),
        item_ids=("tea",) * 100,
        statics={},
        sales=np.tile(units[:, None], panel.n_days) * (1 + np.arange(panel.n_days) % 2),
        price=None,
    )
    actual = many.sales[:, 32:60]
    folds = (Fold(32, actual, {name: actual + 1 for name in ("model", "seasonal_naive", "mean28")}),)
    chosen = chosen_series(Backtest(many, folds).scored[0])
    assert min(chosen.values()) >= 75


def test_a_series_without_a_scale_is_not_chosen_while_others_have_one(training: Training) -> None:
    scored = training.backtest.scored[-1]
    worst = chosen_series(scored)["Worst"]
    measures, series = scored.measures, scored.measures.hierarchy.level("item_store")
    squared = np.where(np.arange(series.size) == worst, np.nan, measures.scales[series].squared)
    scales = {**measures.scales, series: replace(measures.scales[series], squared=squared)}
    without = replace(scored, measures=replace(measures, scales=scales))
    assert worst not in chosen_series(without).values()


@given(st.lists(st.floats(-1e9, 1e9), max_size=20))
def test_an_axis_holds_its_values_between_few_round_marks(values: list[float]) -> None:
    axis = number_axis(values)
    marks = [value for value, _ in axis.ticks]
    slack = 1e-6 * (axis.high - axis.low)
    assert all(axis.low - slack <= value <= axis.high + slack for value in values)
    assert 2 <= len(marks) <= 12
    assert marks == sorted(marks)
    assert len({label for _, label in axis.ticks}) == len(marks)
    assert all(math.isfinite(pixel) for pixel in axis.place(np.array(values), 0, 500))


@pytest.mark.parametrize("values", [[], [math.nan], [0.0], [math.inf, 3.0], [1e-300]])
def test_an_axis_of_next_to_nothing_has_a_width(values: list[float]) -> None:
    axis = number_axis(values)
    assert axis.low < axis.high


@pytest.mark.parametrize("days", [1, 2, 3, 28, 84, 200, 1000, 4000])
def test_dates_along_an_axis_are_few_and_end_with_the_last(days: int) -> None:
    dates: Dates = np.datetime64("2024-02-20") + np.arange(days)
    axis = date_axis(dates)
    assert 1 <= len(axis.ticks) <= 8
    assert axis.ticks[-1][0] == days - 1
    assert axis.low < axis.high


@pytest.mark.parametrize("steps", [1, 7, 28, 180])
def test_days_ahead_are_marked_by_weeks(steps: int) -> None:
    axis = step_axis(steps)
    assert axis.ticks[0][0] == 1
    assert len(axis.ticks) <= 14
    assert axis.low < axis.high


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_stays_text(text: str, attribute: str) -> None:
    element = tag("td", text, title=attribute)
    page = Page("<table><tr>" + html_text(element) + "</tr></table>")
    assert page.elements[2:] == [("td", {"title": printable(attribute)})]
    assert page.tables[0].rows == [[(printable(text), None)]]
    assert len(ElementTree.fromstring(xml_text(element))) == 0


@pytest.mark.parametrize("length", [1, 47, 48, 49, 5000])
def test_a_shortened_name_keeps_both_ends(length: int) -> None:
    name = "".join(chr(ord("a") + place % 26) for place in range(length))
    short = shortened(name)
    assert len(short) == min(length, 48)
    assert (name[:20], name[-15:]) == (short[:20], short[-15:])
