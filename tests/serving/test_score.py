"""Forecasts over HTTP: the shapes, and that they are the model's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from serving.errors import RequestError
from serving.model import Model
from tests.serving.conftest import Serve
from tests.serving.process import JSON_HEADERS, Service
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


def test_ids_of_any_script_and_all_64_bits_are_echoed(service: Service) -> None:
    ids = ["plan \u00fc", "\u8ba1\u5212", "\U0001f6d2", '"\\\n\u0000', "x" * 200, -(2**63), 2**63 - 1, 0]
    answers = forecasts(service, series=[{**KEY, "id": name} for name in ids], horizon=1)

    assert [answer["id"] for answer in answers] == ids


def test_a_day_beside_the_series_reaches_every_entry_of_it_that_does_not_say_better(service: Service) -> None:
    day = {"date": "2024-12-31", "price": 1.0}
    series = [{**KEY, "id": "a"}, {**KEY, "id": "b", "future": [{**day, "price": 3.0}]}]
    both = forecasts(service, series=series, future=[{**KEY, **day}], horizon=1)
    alone = [forecasts(service, series=[{**KEY, "future": [{**day, "price": p}]}], horizon=1)[0] for p in (1.0, 3.0)]

    assert [answer["mean"] for answer in both] == [answer["mean"] for answer in alone]


def test_known_and_unknown_series_can_stand_in_one_request(service: Service) -> None:
    new = {"store_id": "moon", "item_id": "TEA"}
    known, unknown = forecasts(service, series=[KEY, new], unknown="fallback", horizon=3)

    assert "fallback" not in known
    assert unknown["fallback"] is True
    assert known["mean"] == forecasts(service, horizon=3)[0]["mean"]


def test_a_whole_number_is_one_however_it_is_written(service: Service) -> None:
    answers = forecasts(service, series=[{**KEY, "id": 7.0}], horizon=28.0)

    assert answers[0]["id"] == 7
    assert len(answers[0]["dates"]) == 28


def test_quantiles_are_named_by_their_shortest_number_in_the_order_asked(service: Service) -> None:
    body = b'{"series": [{"store_id": "north_1", "item_id": "GROCERY_001"}], "quantiles": [0.90, 1e-1, 0.0250]}'
    answer = service.request("POST", "/score", body, JSON_HEADERS)

    assert list(answer.json["forecasts"][0]["quantiles"]) == ["0.9", "0.1", "0.025"]


def test_of_a_property_that_stands_twice_the_last_counts(service: Service) -> None:
    body = (
        b'{"horizon": 5, "series": [{"store_id": "x", "store_id": "north_1", "item_id": "GROCERY_001"}], "horizon": 2}'
    )
    answer = service.request("POST", "/score", body, JSON_HEADERS)

    assert answer.status == 200
    assert len(answer.json["forecasts"][0]["dates"]) == 2


def test_numbers_have_the_digits_of_single_precision_and_no_more(service: Service) -> None:
    answer = service.score({"series": [KEY]}).body.decode()
    means = json.loads(answer, parse_float=str)["forecasts"][0]["mean"]

    assert max(len(mean.replace(".", "").lstrip("0")) for mean in means) <= 9
    assert all(str(np.float32(mean)) == mean for mean in means)


def test_dates_follow_fresh_history_over_the_ends_of_months_and_years(service: Service) -> None:
    history = [{**KEY, "date": "2025-02-27", "sales": 3}]
    moved, other = forecasts(service, series=[KEY, OTHER], history=history, horizon=3)

    assert moved["dates"] == ["2025-02-28", "2025-03-01", "2025-03-02"]
    assert other["dates"] == ["2024-12-31", "2025-01-01", "2025-01-02"]


def test_known_days_may_lie_behind_fresh_history_to_the_end_of_the_forecast(service: Service) -> None:
    history = [{**KEY, "date": "2025-02-27", "sales": 3}]
    last = {**KEY, "date": "2025-03-27", "price": 1.5}

    assert forecasts(service, history=history, future=[last])[0]["dates"][-1] == "2025-03-27"


@pytest.mark.parametrize("series", [1, 60])
def test_small_and_large_requests_give_the_same_forecast(service: Service, series: int) -> None:
    """A large request is computed in a thread; its rows must not differ."""
    entries = [{**KEY, "id": f"entry-{index:04d}-{'x' * 60}"} for index in range(series)]
    answers = forecasts(service, series=entries)

    assert answers[-1]["mean"] == forecasts(service)[0]["mean"]


def test_thousands_of_series_can_be_asked_for_at_once(serve: Serve, model_dir: Path) -> None:
    series = [{**(KEY, OTHER)[index % 2], "id": index} for index in range(4_000)]
    with serve(model_dir, SERVING_DRAIN_SECONDS="0") as service:
        answers = forecasts(service.ready(), series=series)
        first, second = forecasts(service, series=[KEY, OTHER])

    assert [answer["id"] for answer in answers] == list(range(4_000))
    assert {json.dumps(answer["mean"]) for answer in answers[::2]} == {json.dumps(first["mean"])}
    assert {json.dumps(answer["mean"]) for answer in answers[1::2]} == {json.dumps(second["mean"])}


def test_an_answer_of_more_numbers_than_there_is_room_for_is_413(model: Model) -> None:
    levels = [level / 1000 for level in range(10, 110)]
    series = [{**KEY, "id": index} for index in range(2_000)]
    with pytest.raises(RequestError, match="5656000 numbers") as refused:
        replace(model.parser, max_series=10_000).parse({"series": series, "quantiles": levels})

    assert (refused.value.status, refused.value.code, refused.value.field) == (413, "too-many-values", "series")
