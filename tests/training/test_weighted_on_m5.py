"""WRMSSE on real sales: the slice of M5, by the product's path from file to score, against plain Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.training.slow_measures import SlowSeries, slow_wrmsse
from training.baselines import BASELINES
from training.data import load_panel
from training.datasets.m5 import convert
from training.hierarchy import Hierarchy
from training.panel import Panel
from training.weighted import weighted_measures

TINY = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "m5" / "tiny"
ORIGIN, HORIZON = 1913, 28

pytestmark = pytest.mark.skipif(not TINY.is_dir(), reason="the M5 slice is not beside the checkout")


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Panel:
    folder = tmp_path_factory.mktemp("m5")
    convert(TINY, folder)
    return load_panel(folder)


@pytest.mark.parametrize("method", list(BASELINES))
def test_wrmsse_of_the_slice_is_that_of_the_definition(panel: Panel, method: str) -> None:
    """The panel begins on the slice's first day, so that column 1913 is d_1914."""
    assert panel.origin == 1941
    assert panel.price is not None
    forecast = BASELINES[method](panel.sales[:, :ORIGIN], HORIZON)
    actual = panel.sales[:, ORIGIN : ORIGIN + HORIZON]
    columns = {"store_id": panel.store_ids, "item_id": panel.item_ids, **panel.statics}
    earned = np.nan_to_num(panel.sales * panel.price)[:, ORIGIN - 28 : ORIGIN].sum(axis=1, dtype=float)
    slow = slow_wrmsse(
        [
            SlowSeries(
                ids={name: values[row] for name, values in columns.items()},
                history=np.nan_to_num(panel.sales[row, :ORIGIN]).tolist(),
                actual=actual[row].tolist(),
                forecast=forecast[row].tolist(),
                revenue=float(earned[row]),
            )
            for row in range(panel.n_series)
        ]
    )
    (measures,) = weighted_measures(Hierarchy.of(panel), panel.sales, panel.price, [ORIGIN])
    score = measures.wrmsse(actual, forecast)
    assert score.levels == pytest.approx(slow, rel=1e-5)
    assert len(score.levels) == 12
