"""Reports of data that has little to show: they say what is missing, and hold neither NaN nor an error."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.training.report.pages import Page, some_series, with_backtest
from training.artifact import Manifest
from training.pipeline import Training
from training.report import Report


def one_origin(training: Training) -> Training:
    return with_backtest(training, training.windows.panel, training.backtest.folds[-1:])


def one_series(training: Training) -> Training:
    return some_series(training, [0])


def two_series(training: Training) -> Training:
    return some_series(training, [0, 4])


def nothing_sold(training: Training) -> Training:
    folds = tuple(replace(fold, actual=fold.actual * 0) for fold in training.backtest.folds)
    return with_backtest(training, training.windows.panel, folds)


def nothing_for_sale_at_the_end(training: Training) -> Training:
    *before, last = training.backtest.folds
    absent = np.full_like(last.actual, np.nan)
    return with_backtest(training, training.windows.panel, (*before, replace(last, actual=absent)))


def no_attributes(training: Training) -> Training:
    panel = training.windows.panel
    statics = {name: ("",) * panel.n_series for name in panel.statics}
    bare = replace(panel, statics=statics, price=None, promo=None, known={}, event_names=(), event_types=())
    return with_backtest(training, bare, training.backtest.folds)


def one_day_ahead(training: Training) -> Training:
    folds = tuple(
        replace(
            fold,
            actual=fold.actual[:, :1],
            forecasts={method: units[:, :1] for method, units in fold.forecasts.items()},
        )
        for fold in training.backtest.folds
    )
    return with_backtest(training, training.windows.panel, folds)


CASES = [one_origin, one_series, two_series, nothing_sold, nothing_for_sale_at_the_end, no_attributes, one_day_ahead]


@pytest.mark.parametrize("case", CASES)
def test_there_is_a_whole_page(case: Callable[[Training], Training], training: Training, manifest: Manifest) -> None:
    report = Report.of(case(training), manifest)
    page = Page(report.html)
    assert page.open == []
    assert page.structure.count("h2") == 8
    assert not re.search(r"\b(nan|inf)\b", report.html, re.IGNORECASE)


def test_one_origin_has_no_coverage_and_says_why(training: Training, manifest: Manifest) -> None:
    report = Report.of(one_origin(training), manifest)
    assert "coverage" not in report.drawings
    assert "that takes two origins" in report.html
    assert "Coverage, %" not in report.html
    assert "10 to 90 %" not in report.html


def test_one_series_is_drawn_once(training: Training, manifest: Manifest) -> None:
    drawn = Report.of(one_series(training), manifest).drawings
    assert {"total", "typical"} <= set(drawn)
    assert not {"best", "worst"} & set(drawn)


def test_without_sales_there_is_no_wape(training: Training, manifest: Manifest) -> None:
    page = Page(Report.of(nothing_sold(training), manifest).html)
    assert not any(text.startswith("WAPE, %") for text in page.table("").head[0])
    (verdict,) = [text for text in page.texts if text.startswith("The model ")][:1]
    assert "WAPE" not in verdict
    assert "RMSSE" in verdict


def test_missing_attributes_have_no_table(training: Training, manifest: Manifest) -> None:
    page = Page(Report.of(no_attributes(training), manifest).html)
    assert {table.title for table in page.tables} == {"", "no head", "Origin", "Level", "Store"}
    assert "none but sales" in page.texts
