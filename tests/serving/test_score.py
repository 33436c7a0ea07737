"""Forecasts over HTTP: the shapes, and that they are the model's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from serving.model import Model
from tests.serving.process import Service
from training.artifact import ForecastRequest

KEY = {"store_id": "north_1", "item_id": "GROCERY_001"}
OTHER = {"store_id": "south_1", "item_id": "HOUSEHOLD_002"}


def forecasts(service: Service, **request: Any) -> list[dict[str, Any]]:
    answer = service.score({"series": [KEY], **request})
    assert answer.status == 200, answer.body
    result: list[dict[str, Any]] = answer.json["forecasts"]
    return result


def test_one_series_is_forecast_with_dates_mean_and_quantiles(service: Service) -> None:
    answer = service.score({"series": [KEY], "horizon": 28, "quantiles": [0.1, 0.5, 0.9]}).json
    (forecast,) = answer["forecasts"]

    assert answer["model"]["version"] == "7"
    assert {name: forecast[name] for name in KEY} == KEY
    assert set(forecast) == {*KEY, "dates", "mean", "quantiles"}
    assert forecast["dates"][0] == "2024-12-31"
    assert forecast["dates"][-1] == "2025-01-27"
    assert len(forecast["mean"]) == 28
    assert list(forecast["quantiles"]) == ["0.1", "0.5", "0.9"]
    low, middle, high = (np.array(values) for values in forecast["quantiles"].values())
    assert (low <= middle).all()
    assert (middle <= high).all()
    assert (low >= 0).all()


def test_the_answer_is_the_artifacts_own_forecast(service: Service, model: Model) -> None:
    (forecast,) = forecasts(service, horizon=14, quantiles=[0.25, 0.75])
    expected = model.artifact.forecast(
        ForecastRequest(store_ids=[KEY["store_id"]], item_ids=[KEY["item_id"]], horizon=14, quantiles=[0.25, 0.75])
    )

    np.testing.assert_allclose(forecast["mean"], expected.mean[0], rtol=1e-6)
    np.testing.assert_allclose(list(forecast["quantiles"].values()), expected.quantiles[0], rtol=1e-6)


def test_horizon_and_quantiles_default_to_the_models(service: Service) -> None:
    (forecast,) = forecasts(service)

    assert len(forecast["dates"]) == 28
    assert list(forecast["quantiles"]) == ["0.1", "0.5", "0.9"]


def test_no_quantiles_can_be_asked_for(service: Service) -> None:
    assert forecasts(service, quantiles=[])[0]["quantiles"] == {}


def test_answers_keep_the_order_of_the_request(service: Service) -> None:
    answers = forecasts(service, series=[OTHER, KEY], horizon=1)

    assert [answer["item_id"] for answer in answers] == [OTHER["item_id"], KEY["item_id"]]


def test_a_what_if_is_two_entries_of_one_request(service: Service) -> None:
    days = [f"2025-01-{day:02d}" for day in range(1, 8)]
    plans = [
        {**KEY, "id": name, "future": [{"date": day, "price": price, "promo": 0} for day in days]}
        for name, price in (("cheap", 1.2), ("dear", 3.4))
    ]
    cheap, dear = forecasts(service, series=plans, horizon=8)

    assert (cheap["id"], dear["id"]) == ("cheap", "dear")
    assert cheap["mean"][0] == dear["mean"][0]
    assert sum(cheap["mean"][1:]) > sum(dear["mean"][1:])


def test_the_requests_own_future_reaches_the_series_it_names(service: Service) -> None:
    day = {"date": "2024-12-31", "promo": 1, "price": 1.0, "event_name": None, "known_payday": 1}
    (inside,) = forecasts(service, series=[{**KEY, "future": [day]}])
    (outside,) = forecasts(service, future=[{**KEY, **day}])
    (plain,) = forecasts(service)

    assert inside["mean"] == outside["mean"] != plain["mean"]


def test_an_entrys_own_future_stands_above_the_requests(service: Service) -> None:
    own, general = {"date": "2024-12-31", "price": 1.0}, {**KEY, "date": "2024-12-31", "price": 9.0}
    (both,) = forecasts(service, series=[{**KEY, "future": [own]}], future=[general])
    (alone,) = forecasts(service, series=[{**KEY, "future": [own]}])

    assert both["mean"] == alone["mean"]


def test_fresh_history_moves_the_origin_behind_it(service: Service) -> None:
    history = [{**KEY, "date": "2024-12-31", "sales": 40}, {**KEY, "date": "2025-01-02", "sales": 50.0}]
    moved, other = forecasts(service, series=[KEY, OTHER], history=history, horizon=3)
    plain, _ = forecasts(service, series=[KEY, OTHER], horizon=3)

    assert moved["dates"] == ["2025-01-03", "2025-01-04", "2025-01-05"]
    assert other["dates"][0] == plain["dates"][0] == "2024-12-31"
    assert sum(moved["mean"]) > sum(plain["mean"])


def test_unknown_series_fall_back_to_similar_items_when_asked(service: Service) -> None:
    new = {"store_id": "north_1", "item_id": "GROCERY_999", "dept_id": "GROCERY_1"}
    known, fallback = forecasts(service, series=[KEY, new], unknown="fallback")

    assert "fallback" not in known
    assert fallback["fallback"] is True
    assert all(value > 0 for value in fallback["mean"])


def test_ids_are_echoed_as_they_came(service: Service) -> None:
    answers = forecasts(service, series=[{**KEY, "id": 3}, {**KEY, "id": "3"}, KEY], horizon=1)

    assert [answer.get("id") for answer in answers] == [3, "3", None]


@pytest.mark.parametrize("series", [1, 60])
def test_small_and_large_requests_give_the_same_forecast(service: Service, series: int) -> None:
    """A large request is computed in a thread; its rows must not differ."""
    entries = [{**KEY, "id": f"entry-{index:04d}-{'x' * 60}"} for index in range(series)]
    answers = forecasts(service, series=entries)

    assert answers[-1]["mean"] == forecasts(service)[0]["mean"]
