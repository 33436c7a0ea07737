"""The report's figures are those of backtest.json, metrics.json and the model, and none is missing."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from tests.training.report.pages import Page
from training.backtest import Backtest
from training.pipeline import Training
from training.report import Report, importance
from training.report.series_figures import earlier_residuals, series_figure

METHODS = ("model", "seasonal_naive", "mean28")
TITLES = {"model": "Model", "seasonal_naive": "Seasonal naive", "mean28": "28-day mean"}
MEASURES = ("wrmsse", "wape", "bias", "mase", "rmsse")
KEYS = ("0.1", "0.5", "0.9")
Scores = dict[tuple[str, str, str], dict]


@pytest.fixture(scope="module")
def scores(training: Training) -> Scores:
    document = json.loads(json.dumps(training.backtest.document(), allow_nan=False))
    return {(row["by"], row["value"], row["method"]): row for row in document["scores"]}


def figures(cells: list[tuple[str, float | None]]) -> list[float | None]:
    return [value for _, value in cells]


def test_the_first_table_holds_every_method(page: Page, scores: Scores, training: Training) -> None:
    table = page.table("")
    assert [row[0][0] for row in table.rows] == list(TITLES.values())
    assert table.head[0][1:] == ["WRMSSE", "WAPE, %", "Bias, %", "MASE", "RMSSE", "WSPL", "Coverage, %"]
    for method, (_, *cells) in zip(METHODS, table.rows, strict=True):
        row = scores["all", "all", method]
        wspl = training.metrics["wspl" if method == "model" else f"wspl_{method}"]
        assert figures(cells) == [
            *(row[measure] for measure in MEASURES),
            wspl,
            *(row["coverage"][key] for key in KEYS),
        ]


@pytest.mark.parametrize(
    ("title", "by"),
    [("Origin", "origin"), ("Category", "cat_id"), ("Department", "dept_id"), ("Store", "store_id")],
)
def test_each_group_stands_beside_its_baselines(page: Page, scores: Scores, title: str, by: str) -> None:
    rows = page.table(title).rows
    assert [row[0][0] for row in rows] == [value for of, value, method in scores if (of, method) == (by, "model")]
    for (value, _), *cells in rows:
        expected = [scores[by, value, method][measure] for measure in MEASURES for method in METHODS]
        assert figures(cells) == [*expected, *(scores[by, value, "model"]["coverage"][key] for key in KEYS)]


def test_each_level_stands_beside_its_baselines(page: Page, scores: Scores) -> None:
    rows = page.table("Level").rows
    values = [value for of, value, method in scores if (of, method) == ("level", "model")]
    assert values[0], rows[0][0][0] == ("total", "Total")
    for value, (_, *cells) in zip(values, rows, strict=True):
        shown = [measure for measure in MEASURES if measure != "bias"]
        assert figures(cells) == [scores["level", value, method][measure] for measure in shown for method in METHODS]


def test_what_is_shown_is_the_full_value_rounded(page: Page) -> None:
    cells = [(text, value) for table in page.tables for row in table.rows for text, value in row if value is not None]
    assert len(cells) > 100
    for text, value in cells:
        shown = float(text.replace("\N{MINUS SIGN}", "-"))
        assert min(abs(shown - value) - 0.0005, abs(shown - 100 * value) - 0.05) <= 1e-9, (text, value)


def test_drawings_hold_the_error_of_each_day_ahead(report: Report, scores: Scores) -> None:
    texts = Page(report.html).texts
    for step in range(1, 29):
        row = scores["step", str(step), "model"]
        (told,) = [text for text in texts if text.startswith(f"{step} days ahead: ") and "+" not in text[:40]][:1]
        assert f"model {100 * row['wape']:.1f} %" in told


def test_the_total_is_drawn_with_the_units_of_each_window(page: Page, training: Training) -> None:
    panel = training.windows.panel
    for fold, window in zip(training.backtest.folds, training.backtest.windows, strict=True):
        day = panel.dates[fold.origin].item()
        forecast = window.units[0] + window.methods["model"].error[0]
        (told,) = [text for text in page.texts if text.startswith(f"{day.day} {day:%b}: ")][:1]
        assert f"model {forecast:,.0f}" in told or f"model {forecast:.1f}" in told


def test_features_are_drawn_by_their_share_of_the_gain(page: Page, training: Training) -> None:
    ranked = importance(training)
    assert sum(share for _, share in ranked) == pytest.approx(1)
    assert [share for _, share in ranked] == sorted((share for _, share in ranked), reverse=True)
    told = [text for text in page.texts if re.fullmatch(r"\w+: [\d.]+ %", text)]
    assert told == [f"{name}: {100 * share:.1f} %" for name, share in ranked[:20] if share > 0]


def test_the_head_tells_the_verdict_and_the_data(page: Page, training: Training) -> None:
    text = "\n".join(page.texts).replace("\N{NO-BREAK SPACE}", " ")
    assert "The model beats the seasonal naive (WAPE \N{MINUS SIGN}" in text
    assert "8 series in 2 stores, 400 days of sales from 6 Mar 2023 to 8 Apr 2024." in text
    assert f"{100 * training.metrics['wape']:.1f} %" in page.texts
    assert f"{training.metrics['wrmsse']:.3f}" in page.texts


def test_provenance_names_data_options_versions_and_revision(page: Page, training: Training) -> None:
    pairs = {row[0][0]: row[1][0] for table in page.tables if not table.head for row in table.rows}
    assert pairs["Fingerprint"] == training.windows.panel.fingerprint
    assert pairs["Code revision"] == "0123abc"
    assert pairs["Series"] == "8"
    assert pairs["Columns given"] == "price, promo, event_name, known_payday, known_weather, dept_id, cat_id"
    assert {name: str(value) for name, value in training.options.logged().items()}.items() <= pairs.items()
    assert "Version of numpy" in pairs


def test_the_band_of_the_last_origin_is_learnt_before_it(training: Training) -> None:
    *before, last = training.backtest.folds
    doubled = replace(last, actual=last.actual * 2)
    other = replace(training.backtest, folds=(*before, doubled))
    assert told_bands(training.backtest) == told_bands(other) != []


def told_bands(backtest: Backtest) -> list[str]:
    """The limits of each day of the first series, as told where the pointer rests."""
    drawing = series_figure(backtest, 0, earlier_residuals(backtest))
    return re.findall(r"10 to 90 %: [\d,.]+ to [\d,.]+", " ".join(drawing.itertext()))
