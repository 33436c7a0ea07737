"""The flat metrics and the last lines of a job's log."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from tests.training.made_backtests import made_backtest
from tests.training.panels import make_panel
from training.backtest import Backtest
from training.panel import STATICS
from training.summary import flat_metrics, report_lines, verdict

METRICS = {"wape": 0.5, "rmsse": 0.8, "wrmsse": 0.6}
BASELINES = {
    **{"wape_seasonal_naive": 0.6, "rmsse_seasonal_naive": 1.0, "wrmsse_seasonal_naive": 0.8},
    **{"wape_mean28": 0.6, "rmsse_mean28": 0.7, "wrmsse_mean28": 0.8},
}


@pytest.fixture(scope="module")
def backtest() -> Backtest:
    return made_backtest()


def test_every_measure_stands_beside_the_baselines(backtest: Backtest) -> None:
    metrics = flat_metrics(backtest, backtest.quantiles)
    for measure in ("wape", "bias", "mase", "rmsse", "wrmsse", "wspl"):
        assert {measure, f"{measure}_seasonal_naive", f"{measure}_mean28"} <= set(metrics)
    overall = {row.method: row for row in backtest.scores if row.by == "all"}
    assert metrics["wrmsse_mean28"] == overall["mean28"].wrmsse
    assert metrics["backtest_origins"] == 3


def test_levels_and_categories_have_metrics_of_their_own(backtest: Backtest) -> None:
    metrics = flat_metrics(backtest, backtest.quantiles)
    levels = [name for name in metrics if name.startswith("wrmsse_") and not name.endswith(("naive", "mean28"))]
    assert len(levels) == 8
    assert np.mean([metrics[name] for name in levels]) == pytest.approx(metrics["wrmsse"])
    assert {"coverage_0.1_food", "coverage_0.9_home"} <= set(metrics)


def test_wspl_is_of_the_same_origins_for_every_method(backtest: Backtest) -> None:
    metrics = flat_metrics(backtest, backtest.quantiles)
    for method, name in (("model", "wspl"), ("seasonal_naive", "wspl_seasonal_naive")):
        later = [window.methods[method].wspl for window in backtest.windows[1:]]
        assert metrics[name] == pytest.approx(np.mean(later))


def test_a_category_becomes_a_name_that_a_tracking_server_takes() -> None:
    panel = make_panel()
    categories = ("Tea & Co./Ä", "Tea & Co./Ä", "home", "home") * 2
    renamed = dataclasses.replace(panel, statics={**panel.statics, "cat_id": categories})
    assert "coverage_0.9_Tea_Co_" in flat_metrics(made_backtest(renamed), (0.1, 0.9))


def test_many_categories_have_no_metrics_of_their_own() -> None:
    panel = make_panel()
    wide = dataclasses.replace(
        panel,
        store_ids=panel.store_ids * 3,
        item_ids=tuple(f"item{row}" for row in range(24)),
        statics={**dict.fromkeys(STATICS, ("",) * 24), "cat_id": tuple(f"category{row}" for row in range(24))},
        **{name: np.tile(getattr(panel, name), (3, 1)) for name in ("sales", "price", "promo", "on_sale")},
        store_index=np.tile(panel.store_index, 3),
        known={},
    )
    metrics = flat_metrics(made_backtest(wide), (0.1, 0.9))
    assert [name for name in metrics if name.startswith("coverage")] == ["coverage_0.1", "coverage_0.9"]


def test_what_has_no_meaning_is_left_out() -> None:
    metrics = flat_metrics(made_backtest(origins=1), (0.1, 0.9))
    assert not [name for name in metrics if name.startswith(("coverage", "wspl"))]
    assert all(math.isfinite(value) for value in metrics.values())


def test_the_report_ends_with_the_table_the_coverage_and_the_verdict(backtest: Backtest) -> None:
    lines = list(report_lines(backtest, flat_metrics(backtest, backtest.quantiles)))
    assert lines[0].startswith("Backtest: 8 series, 14 days from each of 2024-05-17, 2024-05-31, 2024-06-14")
    assert lines[1].split() == ["WAPE", "bias", "MASE", "RMSSE", "WRMSSE"]
    assert [line[:16].strip() for line in lines[2:5]] == ["model", "seasonal naive", "28-day mean"]
    assert [len(line.split()[-5:]) for line in lines[2:5]] == [5, 5, 5]
    assert lines[5].startswith("Days at or below each quantile: 0.1: 0.")
    assert lines[6].startswith("Verdict: the model ")
    assert len(lines) == 7


def test_the_verdict_names_the_baseline_that_is_not_beaten() -> None:
    assert verdict(METRICS | BASELINES) == (
        "Verdict: the model beats the seasonal naive (WAPE -16.7%, RMSSE -20.0%, WRMSSE -25.0%) and "
        "does not beat the 28-day mean (WAPE -16.7%, RMSSE +14.3%, WRMSSE -25.0%)"
    )


def test_the_verdict_compares_what_there_is() -> None:
    known = {name: value for name, value in (METRICS | BASELINES).items() if "wrmsse" not in name}
    assert "beats the seasonal naive (WAPE -16.7%, RMSSE -20.0%)" in verdict(known)
    assert verdict({}) == (
        "Verdict: the model cannot be compared with the seasonal naive, since nothing was sold and "
        "cannot be compared with the 28-day mean, since nothing was sold"
    )
