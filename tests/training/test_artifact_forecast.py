"""What an artifact answers: as training would, with fresh history, what-ifs and items it has not seen."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest

from training.artifact import Artifact, Forecast, ForecastRequest, Points, RequestError
from training.artifact.answering import RequestWindows
from training.features import HISTORY_DAYS, Window
from training.panel import Panel
from training.windows import PanelWindows

LEVELS = (0.1, 0.5, 0.9)


def ask(artifact: Artifact, keys: Sequence[tuple[str, str]], horizon: int = 28, **more: object) -> Forecast:
    stores, items = zip(*keys, strict=True)
    request = ForecastRequest(store_ids=stores, item_ids=items, horizon=horizon, quantiles=LEVELS, **more)
    return artifact.forecast(request)


def points(dates: Sequence[np.datetime64], values: Sequence[float], row: int = 0) -> Points:
    days = np.array(dates, "datetime64[D]")
    return Points(np.full(len(days), row), days, np.array(values, np.float32))


def regular(artifact: Artifact, panel: Panel) -> tuple[str, str]:
    """The series that sells most."""
    best = int(np.nansum(panel.sales, axis=1).argmax())
    return panel.store_ids[best], panel.item_ids[best]


def test_it_forecasts_all_series_as_training_windows_do(artifact: Artifact, panel: Panel) -> None:
    window = PanelWindows(panel, artifact.predictor.spec).at(panel.origin)
    mean, quantiles = artifact.predictor.forecast(window, 28, np.array(LEVELS))
    keys = list(zip(panel.store_ids, panel.item_ids, strict=True))
    answer = ask(artifact, keys)
    np.testing.assert_array_equal(answer.mean, mean)
    np.testing.assert_array_equal(answer.quantiles, quantiles)
    assert answer.trained.all()
    assert (answer.origin == panel.origin_date).all()


def test_quantiles_are_ordered_and_around_the_mean(artifact: Artifact, panel: Panel) -> None:
    answer = ask(artifact, [regular(artifact, panel)])
    low, middle, high = answer.quantiles[0]
    assert (low <= middle).all()
    assert (middle <= high).all()
    assert ((low < answer.mean[0]) & (answer.mean[0] < high)).mean() > 0.9


def test_a_shorter_horizon_is_the_start_of_a_longer_one(artifact: Artifact) -> None:
    keys = list(artifact.series)[:4]
    np.testing.assert_array_equal(ask(artifact, keys, 7).mean, ask(artifact, keys).mean[:, :7])


def later(panel: Panel, days: int) -> Panel:
    """The panel once some more days have been sold: three units a day each."""
    sales = panel.sales.copy()
    new = slice(panel.origin, panel.origin + days)
    sales[:, new] = np.where(panel.on_sale[:, new], 3, np.nan)
    return dataclasses.replace(panel, sales=sales, origin=panel.origin + days)


def test_fresh_history_gives_the_window_that_training_would_see_later(artifact: Artifact, panel: Panel) -> None:
    days = 5
    keys = list(artifact.series)
    dates = panel.origin_date + np.arange(days)
    rows = np.repeat(np.arange(len(keys)), days)
    fresh = Points(rows, np.tile(dates, len(keys)), np.full(rows.size, 3, np.float32))
    stores, items = zip(*keys, strict=True)
    request = ForecastRequest(store_ids=stores, item_ids=items, horizon=28, history=fresh)
    ((_, served),) = RequestWindows(request, artifact.table, artifact.predictor.spec, artifact.origin)
    trained = PanelWindows(later(panel, days), artifact.predictor.spec).at(panel.origin + days)
    assert served.origin == trained.origin
    for name in ("sales", "price", "promo", "age"):
        np.testing.assert_array_equal(getattr(served, name), getattr(trained, name), err_msg=name)
    np.testing.assert_array_equal(served.known["known_payday"], trained.known["known_payday"])
    np.testing.assert_array_equal(served.events[served.calendar_index], trained.events[trained.calendar_index])


def test_each_row_has_the_origin_of_its_own_history(artifact: Artifact, panel: Panel) -> None:
    key = regular(artifact, panel)
    day = artifact.origin + np.array([2, 0])
    answer = ask(artifact, [key, key], 3, history=points(day, [40, 1], row=1))
    assert answer.origin.tolist() == [artifact.origin.item(), (artifact.origin + 3).item()]
    assert answer.dates[1, 0] == artifact.origin + 3
    plain = ask(artifact, [key], 3)
    np.testing.assert_array_equal(answer.mean[0], plain.mean[0])


def test_days_without_fresh_history_count_as_no_sale(artifact: Artifact, panel: Panel) -> None:
    key = regular(artifact, panel)
    gap = ask(artifact, [key], history=points([artifact.origin + 6], [0]))
    written_out = ask(artifact, [key], history=points(artifact.origin + np.arange(7), [0] * 7))
    np.testing.assert_array_equal(gap.mean, written_out.mean)
    same_days = ask(artifact, [key]).mean[:, 7:]
    assert (gap.mean[:, :21] != same_days).any()


def test_history_before_the_origin_corrects_what_training_saw(artifact: Artifact, panel: Panel) -> None:
    key = regular(artifact, panel)
    answer = ask(artifact, [key], history=points(artifact.origin - np.arange(1, 29), [500] * 28))
    assert answer.origin[0] == artifact.origin
    assert answer.mean.min() > ask(artifact, [key]).mean.max()


def test_a_promotion_raises_and_a_price_rise_lowers_the_forecast(artifact: Artifact, panel: Panel) -> None:
    best = np.argsort(-np.nansum(panel.sales, axis=1))[:6]
    keys = [(panel.store_ids[row], panel.item_ids[row]) for row in best]
    days = artifact.origin + np.arange(28)
    rows, dates = np.repeat(np.arange(6), 28), np.tile(days, 6)
    last = np.array([panel.price[row, : panel.origin][-1] for row in best])

    def total(promo: float, price: float) -> float:
        asked = Points(rows, dates, np.repeat(last * price, 28).astype(np.float32))
        flags = Points(rows, dates, np.full(rows.size, promo, np.float32))
        return float(ask(artifact, keys, price=asked, promo=flags).mean.sum())

    assert total(1, 1.0) > 1.05 * total(0, 1.0)
    assert total(0, 1.3) < total(0, 1.0) < total(0, 0.7)


def test_an_item_training_had_not_is_answered_from_its_department(artifact: Artifact, panel: Panel) -> None:
    store, departments = panel.store_ids[0], panel.statics["dept_id"]
    level = {}
    for name in sorted(set(departments)):
        answer = ask(artifact, [(store, "brand new")], statics={"dept_id": [name]})
        assert not answer.trained[0]
        assert np.isfinite(answer.mean).all()
        of_peers = [row for row in range(panel.n_series) if departments[row] == name and panel.store_ids[row] == store]
        level[name] = (float(answer.mean.mean()), float(np.nanmean(panel.sales[of_peers, -56:-28])))
    forecast, peers = zip(*level.values(), strict=True)
    assert np.corrcoef(forecast, peers)[0, 1] > 0.5


def test_a_new_item_with_history_of_its_own_soon_follows_it(artifact: Artifact, panel: Panel) -> None:
    store = panel.store_ids[0]
    days = artifact.origin + np.arange(21)
    slow = ask(artifact, [(store, "new")], history=points(days, [0] * 20 + [1]))
    fast = ask(artifact, [(store, "new")], history=points(days, [60] * 21))
    assert slow.mean.mean() < 3
    assert 30 < fast.mean.mean() < 90


def test_a_store_training_had_not_gets_the_events_all_stores_share(artifact: Artifact) -> None:
    request = ForecastRequest(store_ids=["elsewhere"], item_ids=["x"], horizon=28)
    ((_, window),) = RequestWindows(request, artifact.table, artifact.predictor.spec, artifact.origin)
    np.testing.assert_array_equal(window.events[window.calendar_index[0]], artifact.table.calendars[-1])
    assert isinstance(window, Window)
    assert window.sales.shape == (1, HISTORY_DAYS)


def test_an_event_can_be_set_and_taken_away(artifact: Artifact, panel: Panel) -> None:
    key = regular(artifact, panel)
    days = artifact.origin + np.arange(28)
    code = artifact.predictor.spec.event_code(panel.event_names[0])
    with_event = ask(artifact, [key], event=points(days, [code] * 28)).mean
    without = ask(artifact, [key], event=points(days, [0] * 28)).mean
    assert (with_event != without).any()


@pytest.mark.parametrize(
    ("more", "field", "index"),
    [
        ({"horizon": 0}, "horizon", None),
        ({"horizon": 29}, "horizon", None),
        ({"quantiles": (0.5, 0.9999)}, "quantiles", 1),
        ({"quantiles": (float("nan"),)}, "quantiles", 0),
        ({"history": ("0", [1, -1])}, "history", 1),
        ({"history": ("0", [float("inf")])}, "history", 0),
        ({"history": ("400", [1])}, "history", 0),
        ({"price": ("0", [0])}, "price", 0),
        ({"promo": ("0", [0.5])}, "promo", 0),
        ({"event": ("0", [99])}, "event", 0),
        ({"known": {"known_moon": ("0", [1])}}, "known_moon", None),
        ({"known": {"known_payday": ("0", [1, 0.5])}}, "known_payday", 1),
    ],
)
def test_what_has_no_answer_is_refused_by_field(artifact: Artifact, more: dict, field: str, index: int | None) -> None:
    def day_values(value: object) -> object:
        if isinstance(value, tuple) and value and isinstance(value[0], str):
            return points(artifact.origin + int(value[0]) + np.arange(len(value[1])), value[1])
        return {name: day_values(one) for name, one in value.items()} if isinstance(value, dict) else value

    fields = {"horizon": 28} | {name: day_values(value) for name, value in more.items()}
    with pytest.raises(RequestError) as refused:
        artifact.forecast(ForecastRequest(store_ids=["a"], item_ids=["b"], **fields))
    assert (refused.value.field, refused.value.index) == (field, index)
