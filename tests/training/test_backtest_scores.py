"""The table of scores, the windows and the document: the same figures, however they are cut."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import numpy as np
import pytest

from tests.training.made_backtests import HORIZON, made_backtest
from tests.training.panels import make_panel
from training.backtest import Backtest, ScoreRow
from training.backtest.folds import MODEL
from training.metrics import bias, mase, rmsse, wape
from training.panel import STATICS, Panel
from training.scales import Scales

METHODS = [MODEL, "seasonal_naive", "mean28"]


@pytest.fixture(scope="module")
def backtest() -> Backtest:
    return made_backtest()


def rows(backtest: Backtest, by: str, method: str = MODEL) -> Iterator[ScoreRow]:
    return (row for row in backtest.scores if row.by == by and row.method == method)


def row_of(backtest: Backtest, by: str, value: str, method: str = MODEL) -> ScoreRow:
    (found,) = (row for row in rows(backtest, by, method) if row.value == value)
    return found


def without(panel: Panel, *columns: str) -> Panel:
    """The panel as of data that lacks these attributes."""
    return dataclasses.replace(panel, statics={**panel.statics, **dict.fromkeys(columns, ("",) * panel.n_series)})


@pytest.mark.parametrize("method", METHODS)
def test_overall_scores_are_those_of_the_folds(backtest: Backtest, method: str) -> None:
    actual = np.concatenate([fold.actual for fold in backtest.folds])
    forecast = np.concatenate([fold.forecasts[method] for fold in backtest.folds])
    scales = Scales.joined([Scales.of(backtest.panel.sales[:, : fold.origin]) for fold in backtest.folds])
    overall = row_of(backtest, "all", "all", method)
    assert overall.wape == wape(actual, forecast)
    assert overall.bias == bias(actual, forecast)
    assert overall.mase == pytest.approx(mase(actual, forecast, scales))
    assert overall.rmsse == pytest.approx(rmsse(actual, forecast, scales))


@pytest.mark.parametrize("by", ["store_id", "cat_id", "dept_id", "step", "origin"])
def test_the_parts_of_each_cut_make_up_the_whole(backtest: Backtest, by: str) -> None:
    actual = np.stack([fold.actual for fold in backtest.folds])
    panel = backtest.panel
    series = {"store_id": panel.store_ids, **panel.statics}

    def sold(value: str) -> float:
        if by == "step":
            return float(np.nansum(actual[:, :, int(value) - 1]))
        if by == "origin":
            return float(np.nansum(actual[[fold.origin for fold in backtest.scored].index(value)]))
        return float(np.nansum(actual[:, np.array(series[by]) == value]))

    parts = list(rows(backtest, by))
    units = [sold(row.value) for row in parts]
    assert sum(units) == np.nansum(actual)
    overall = row_of(backtest, "all", "all")
    assert np.average([row.wape for row in parts], weights=units) == pytest.approx(overall.wape)
    assert np.average([row.bias for row in parts], weights=units) == pytest.approx(overall.bias)


def test_levels_go_from_coarse_to_fine_and_share_one_bias(backtest: Backtest) -> None:
    levels = list(rows(backtest, "level"))
    assert [row.value for row in levels] == [
        *("total", "store", "category", "department", "store_category", "store_department", "item", "item_store"),
    ]
    for row in levels:
        assert row.bias == pytest.approx(levels[-1].bias, rel=1e-4)
    assert levels[0].wape <= levels[1].wape <= levels[-1].wape
    finest, overall = levels[-1], row_of(backtest, "all", "all")
    assert (finest.wape, finest.mase, finest.rmsse) == (overall.wape, overall.mase, overall.rmsse)


def test_scores_of_a_level_are_those_of_its_sums(backtest: Backtest) -> None:
    forecast = np.concatenate(
        [np.where(np.isnan(f.actual), 0, f.forecasts[MODEL]).sum(axis=0)[None] for f in backtest.folds]
    )
    actual = np.concatenate([np.nan_to_num(fold.actual).sum(axis=0)[None] for fold in backtest.folds])
    sums = np.nan_to_num(backtest.panel.sales).sum(axis=0)[None]
    scales = Scales.joined([Scales.of(sums[:, : fold.origin]) for fold in backtest.folds])
    total = row_of(backtest, "level", "total")
    assert total.wape == pytest.approx(wape(actual, forecast), rel=1e-5)
    assert total.mase == pytest.approx(mase(actual, forecast, scales), rel=1e-5)
    assert total.rmsse == pytest.approx(rmsse(actual, forecast, scales), rel=1e-5)


def test_wrmsse_is_the_mean_over_origins_and_over_levels(backtest: Backtest) -> None:
    overall = row_of(backtest, "all", "all").wrmsse
    assert np.mean([row.wrmsse for row in rows(backtest, "origin")]) == pytest.approx(overall)
    assert np.mean([row.wrmsse for row in rows(backtest, "level")]) == pytest.approx(overall)
    assert np.isnan([row.wrmsse for row in rows(backtest, "step")]).all()


def test_wrmsse_of_a_store_is_that_of_a_panel_of_that_store_alone(backtest: Backtest) -> None:
    panel, west = backtest.panel, np.array(backtest.panel.store_ids) == "west"
    folds = tuple(
        dataclasses.replace(
            fold, actual=fold.actual[west], forecasts={name: each[west] for name, each in fold.forecasts.items()}
        )
        for fold in backtest.folds
    )
    assert panel.price is not None
    alone = dataclasses.replace(
        panel,
        store_ids=("west",) * 4,
        item_ids=panel.item_ids[4:],
        statics={name: values[4:] for name, values in panel.statics.items()},
        sales=panel.sales[west],
        price=panel.price[west],
    )
    expected = row_of(dataclasses.replace(backtest, panel=alone, folds=folds), "all", "all")
    assert row_of(backtest, "store_id", "west").wrmsse == pytest.approx(expected.wrmsse)


def test_a_cut_has_no_rows_when_the_data_lacks_its_column() -> None:
    backtest = made_backtest(without(make_panel(), *STATICS))
    assert {row.by for row in backtest.scores} == {"all", "origin", "level", "store_id", "step"}
    assert [row.value for row in rows(backtest, "level")] == ["total", "store", "item", "item_store"]


def test_coverage_is_of_the_later_origins_and_of_the_model_alone(backtest: Backtest) -> None:
    first, *later = rows(backtest, "origin")
    assert np.isnan(list(first.coverage.values())).all()
    overall = row_of(backtest, "all", "all").coverage
    for level in backtest.quantiles:
        known = [(~np.isnan(fold.actual)).sum() for fold in backtest.folds[1:]]
        assert np.average([row.coverage[level] for row in later], weights=known) == pytest.approx(overall[level])
        assert abs(overall[level] - level) < 0.1
    for method in METHODS[1:]:
        assert np.isnan(list(row_of(backtest, "all", "all", method).coverage.values())).all()


def test_coverage_of_a_category_tells_a_bias_that_the_others_do_not_have() -> None:
    right, wrong = made_backtest(origins=2), made_backtest(origins=2)
    food = np.array(wrong.panel.statics["cat_id"]) == "food"
    wrong.folds[1].forecasts[MODEL][food] /= 10
    assert row_of(right, "cat_id", "food").coverage[0.9] > 0.8
    assert row_of(wrong, "cat_id", "food").coverage[0.9] < 0.2
    assert row_of(wrong, "cat_id", "home").coverage == row_of(right, "cat_id", "home").coverage


def test_windows_hold_the_sums_that_the_scores_are_made_of(backtest: Backtest) -> None:
    for window, score in zip(backtest.windows, rows(backtest, "origin"), strict=True):
        errors = window.methods[MODEL]
        assert window.origin == score.value
        assert len(window.units) == len(errors.error) == len(errors.absolute_error) == HORIZON
        assert sum(errors.absolute_error) / sum(window.units) == pytest.approx(score.wape, rel=1e-5)
        assert sum(errors.error) / sum(window.units) == pytest.approx(score.bias, rel=1e-5)
        assert errors.wrmsse == score.wrmsse
        assert sum(store.units for store in errors.stores.values()) == pytest.approx(sum(window.units))
        assert sum(store.error for store in errors.stores.values()) == pytest.approx(sum(errors.error), rel=1e-4)
        absolute = sum(store.absolute_error for store in errors.stores.values())
        assert absolute == pytest.approx(sum(errors.absolute_error), rel=1e-5)
        assert list(errors.stores) == ["east", "west"]


def test_wspl_needs_quantiles_of_earlier_origins(backtest: Backtest) -> None:
    first, *later = backtest.windows
    assert np.isnan(first.methods[MODEL].wspl)
    for window in later:
        assert 0 < window.methods[MODEL].wspl < window.methods["seasonal_naive"].wspl


def test_a_window_in_which_nothing_was_for_sale_teaches_no_quantiles() -> None:
    backtest = made_backtest()
    backtest.folds[0].actual[:] = np.nan
    first, second, third = rows(backtest, "origin")
    assert np.isnan([first.wape, first.bias, *first.coverage.values(), *second.coverage.values()]).all()
    assert 0.8 < third.coverage[0.9] < 1


def test_the_document_is_json_without_figures_that_mean_nothing(backtest: Backtest) -> None:
    text = json.dumps(backtest.document(), allow_nan=False)
    document = json.loads(text)
    assert document["format"] == 2
    assert document["horizon"] == HORIZON
    assert document["quantiles"] == [0.1, 0.9]
    assert document["origins"] == [window["origin"] for window in document["windows"]]
    assert document["data_fingerprint"] == backtest.panel.fingerprint
    (naive,) = (row for row in document["scores"] if row["by"] == "all" and row["method"] == "seasonal_naive")
    assert naive["coverage"] == {"0.1": None, "0.9": None}
    assert document["windows"][0]["methods"][MODEL]["wspl"] is None
    assert set(document["windows"][0]["methods"][MODEL]["stores"]["east"]) == {"units", "absolute_error", "error"}


def test_a_backtest_of_one_origin_or_without_a_sale_is_scored_as_far_as_it_has_meaning() -> None:
    one = made_backtest(origins=1)
    assert np.isnan(list(row_of(one, "all", "all").coverage.values())).all()
    panel = make_panel()
    quiet = dataclasses.replace(panel, sales=np.where(np.isnan(panel.sales), np.nan, 0).astype(np.float32), price=None)
    nothing = row_of(made_backtest(quiet), "all", "all")
    assert np.isnan([nothing.wape, nothing.bias, nothing.mase, nothing.rmsse, nothing.wrmsse]).all()
    json.dumps(made_backtest(quiet).document(), allow_nan=False)


def test_the_same_backtest_gives_the_same_document() -> None:
    assert made_backtest().document() == made_backtest().document()
