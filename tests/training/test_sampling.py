"""Sampled rows: right cells, the same every time."""

from __future__ import annotations

import numpy as np

from tests.training.panels import make_panel
from training.features import build_features, feature_names
from training.panel import Panel
from training.sampling import SamplingPlan, TrainingRows, sample_rows
from training.windows import PanelWindows, spec_of

HORIZON = 14


def sampled(panel: Panel, **plan: int) -> tuple[PanelWindows, TrainingRows]:
    windows = PanelWindows(panel, spec_of(panel, HORIZON))
    return windows, sample_rows(windows, SamplingPlan(**{"rows": 2000, **plan}))


def test_sampled_rows_are_features_and_sales_of_days_for_sale() -> None:
    panel = make_panel()
    windows, rows = sampled(panel)
    assert rows.features.shape == (len(rows), len(feature_names(windows.spec)))
    assert 1500 < len(rows) <= 2600
    assert not np.isnan(rows.sales).any()
    assert rows.target.max() < panel.origin
    assert len(np.unique(rows.target)) > 200


def test_each_sampled_row_is_found_again_in_a_window_of_its_origin() -> None:
    panel = make_panel()
    windows, rows = sampled(panel, origins=3)
    names = feature_names(windows.spec)
    step = rows.features[:, names.index("step")].astype(np.int32)
    every_step = np.tile(np.arange(1, HORIZON + 1, dtype=np.int32), (panel.n_series, 1))
    for origin in np.unique(rows.target - step + 1):
        part = rows.target - step + 1 == origin
        matrix = build_features(windows.at(int(origin)), windows.spec, every_step)
        known = {row.tobytes() for row in matrix}
        assert all(row.tobytes() in known for row in rows.features[part])


def test_sampling_is_seeded() -> None:
    _, first = sampled(make_panel(), seed=1)
    _, again = sampled(make_panel(), seed=1)
    _, other = sampled(make_panel(), seed=2)
    np.testing.assert_array_equal(first.features, again.features)
    assert not np.array_equal(first.target, other.target)


def test_days_without_a_price_are_not_trained_on_unless_sold() -> None:
    panel = make_panel()
    for_sale = PanelWindows(panel, spec_of(panel, HORIZON)).for_sale
    assert not for_sale[1, 100:160][panel.sales[1, 100:160] == 0].any()
    assert for_sale[1, 100:160][panel.sales[1, 100:160] > 0].all()
    assert not for_sale[7, : panel.origin - 9].any()


def test_rows_before_a_day_have_earlier_targets() -> None:
    _, rows = sampled(make_panel())
    early = rows.before(300)
    assert 0 < len(early) < len(rows)
    assert early.target.max() < 300
