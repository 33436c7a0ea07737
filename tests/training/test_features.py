"""Features against an independent slow computation, and against any look ahead."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.panels import make_panel
from tests.training.slow_features import FEATURES, Row
from training.features import HISTORY_DAYS, build_features, feature_names
from training.panel import Panel
from training.windows import PanelWindows, spec_of

HORIZON = 28
PANEL = make_panel()
WINDOWS = PanelWindows(PANEL, spec_of(PANEL, HORIZON))
NAMES = feature_names(WINDOWS.spec)
ALL_STEPS = np.tile(np.arange(1, HORIZON + 1, dtype=np.int32), (PANEL.n_series, 1))


def test_every_feature_has_an_independent_twin() -> None:
    assert set(NAMES) == set(FEATURES)


@pytest.mark.parametrize("origin", [15, 60, 393, 420, 473, PANEL.origin])
def test_features_equal_the_slow_computation(origin: int) -> None:
    random = np.random.default_rng(origin)
    steps = random.integers(1, HORIZON + 1, (PANEL.n_series, 2), dtype=np.int32)
    matrix = build_features(WINDOWS.at(origin), WINDOWS.spec, steps).reshape(PANEL.n_series, 2, -1)
    for series in range(PANEL.n_series):
        for place, step in enumerate(steps[series]):
            row = Row(PANEL, series, origin, int(step))
            expected = [FEATURES[name](row) for name in NAMES]
            np.testing.assert_allclose(
                matrix[series, place], expected, rtol=2e-4, atol=2e-4, err_msg=f"{series} {origin} {step} {NAMES}"
            )


def changed_future(panel: Panel, origin: int, seed: int) -> Panel:
    """The panel with other sales on every day from the origin on."""
    sales = panel.sales.copy()
    sales[:, origin:] = np.random.default_rng(seed).uniform(0, 1000, sales[:, origin:].shape)
    return dataclasses.replace(panel, sales=sales)


@settings(max_examples=25, deadline=None)
@given(origin=st.integers(1, PANEL.origin), seed=st.integers(0, 10**6))
def test_no_feature_changes_with_sales_from_the_origin_on(origin: int, seed: int) -> None:
    other = PanelWindows(changed_future(PANEL, origin, seed), WINDOWS.spec)
    np.testing.assert_array_equal(
        build_features(WINDOWS.at(origin), WINDOWS.spec, ALL_STEPS),
        build_features(other.at(origin), WINDOWS.spec, ALL_STEPS),
    )


def test_the_day_before_the_origin_does_change_features() -> None:
    other = PanelWindows(changed_future(PANEL, 399, 1), WINDOWS.spec)
    before = build_features(WINDOWS.at(400), WINDOWS.spec, ALL_STEPS)
    after = build_features(other.at(400), WINDOWS.spec, ALL_STEPS)
    assert (before[:, NAMES.index("lag_1")] != after[:, NAMES.index("lag_1")]).any()


def test_rows_do_not_depend_on_which_other_series_are_asked() -> None:
    some = np.array([6, 1, 3])
    together = build_features(WINDOWS.at(450), WINDOWS.spec, ALL_STEPS).reshape(PANEL.n_series, HORIZON, -1)
    apart = build_features(WINDOWS.at(450, some), WINDOWS.spec, ALL_STEPS[some]).reshape(3, HORIZON, -1)
    np.testing.assert_array_equal(together[some], apart)


def test_a_panel_without_optional_columns_has_no_features_of_them() -> None:
    bare = dataclasses.replace(
        PANEL, price=None, promo=None, known={}, event_names=(), event_types=(), events=np.zeros_like(PANEL.events)
    )
    spec = spec_of(bare, HORIZON)
    names = feature_names(spec)
    assert not [name for name in names if name.startswith(("price", "promo", "event", "known"))]
    assert build_features(PanelWindows(bare, spec).at(400), spec, ALL_STEPS).shape == (ALL_STEPS.size, len(names))


def test_events_of_another_panel_keep_the_codes_of_training() -> None:
    renamed = dataclasses.replace(PANEL, event_names=("Ascension", "Sale", "Xmas"))
    events = PanelWindows(renamed, WINDOWS.spec).at(PANEL.origin).events
    own = WINDOWS.at(PANEL.origin).events
    np.testing.assert_array_equal(events, np.where(own == 1, 0, own))


def test_a_window_at_the_start_of_the_panel_is_padded_with_the_unknown() -> None:
    window = WINDOWS.at(5)
    assert window.sales.shape == (PANEL.n_series, HISTORY_DAYS)
    assert np.isnan(window.sales[:, : HISTORY_DAYS - 5]).all()
    np.testing.assert_array_equal(window.sales[:, HISTORY_DAYS - 5 :], PANEL.sales[:, :5])
