"""Requests that are forecast together are answered as each alone would be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from training.artifact import Artifact, Forecast, ForecastRequest, Points, RequestError

HORIZON = 28
LEVELS = (0.05, 0.1, 0.25, 0.5, 0.9, 0.95)


def points(draw: st.DrawFn, artifact: Artifact, n: int, lowest: float, days: tuple[int, int]) -> Points | None:
    """Values of some days about the origin, or none."""
    cells = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(*days)), max_size=5))
    if not cells:
        return None
    rows, offsets = np.array(cells, np.intp).T
    values = np.round(np.random.default_rng(len(cells)).uniform(lowest, 9, len(cells)), 1).astype(np.float32)
    return Points(rows, artifact.origin + offsets, values)


@st.composite
def requests(draw: st.DrawFn, artifact: Artifact) -> ForecastRequest:
    """Trained and new series, what-ifs, fresh history; now and then something that has no answer."""
    trained = st.sampled_from([*artifact.series, ("elsewhere", "new"), (artifact.table.store_ids[0].item(), "new")])
    keys = draw(st.lists(trained, min_size=1, max_size=4))
    n = len(keys)
    departments = st.sampled_from(["", *artifact.predictor.spec.statics["dept_id"]])
    told = draw(st.booleans())
    return ForecastRequest(
        store_ids=[store for store, _ in keys],
        item_ids=[item for _, item in keys],
        horizon=draw(st.integers(1, HORIZON + 1)),
        quantiles=draw(st.lists(st.sampled_from([*LEVELS, 2.0]), max_size=3)),
        history=points(draw, artifact, n, 0, (-30, 12)),
        price=points(draw, artifact, n, 0, (-5, 30)),
        statics={"dept_id": draw(st.lists(departments, min_size=n, max_size=n))} if told else {},
    )


def alone(artifact: Artifact, request: ForecastRequest) -> Forecast | RequestError:
    try:
        return artifact.forecast(request)
    except RequestError as error:
        return error


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_each_request_is_answered_as_if_it_were_alone(artifact: Artifact, data: st.DataObject) -> None:
    asked = data.draw(st.lists(requests(artifact), max_size=6))
    answers = artifact.forecast_many(asked)
    assert len(answers) == len(asked)
    for request, answer in zip(asked, answers, strict=True):
        expected = alone(artifact, request)
        if isinstance(expected, RequestError) or isinstance(answer, RequestError):
            assert (type(answer), str(answer)) == (type(expected), str(expected))
            continue
        for name in ("origin", "mean", "quantiles", "trained", "unpriced_days"):
            np.testing.assert_array_equal(getattr(answer, name), getattr(expected, name), err_msg=name)


def test_no_request_has_no_answer(artifact: Artifact) -> None:
    assert artifact.forecast_many([]) == []


def test_an_error_names_the_field_of_its_own_request(artifact: Artifact) -> None:
    store, item = next(iter(artifact.series))
    good = ForecastRequest(store_ids=[store], item_ids=[item], horizon=3)
    late = Points(np.array([0]), np.array([artifact.origin + 400]), np.ones(1, np.float32))
    bad = ForecastRequest(store_ids=[store], item_ids=[item], horizon=3, history=late)
    first, second, third = artifact.forecast_many([good, bad, good])
    assert isinstance(first, Forecast)
    assert isinstance(third, Forecast)
    assert isinstance(second, RequestError)
    assert (second.field, second.index) == ("history", 0)


@pytest.mark.parametrize("priced", [0, 2])
def test_days_without_any_price_are_counted(artifact: Artifact, priced: int) -> None:
    days = artifact.origin + np.arange(priced)
    price = Points(np.zeros(priced, np.intp), days, np.full(priced, 3, np.float32)) if priced else None
    request = ForecastRequest(store_ids=["elsewhere"], item_ids=["new"], horizon=5, price=price)
    assert artifact.forecast(request).unpriced_days.sum(axis=1).tolist() == [5 - priced]


def test_the_prices_that_training_knew_count(artifact: Artifact) -> None:
    store, item = next(iter(artifact.series))
    forecast = artifact.forecast(ForecastRequest(store_ids=[store], item_ids=[item], horizon=5))
    known = ~np.isnan(artifact.table.price[0, -HORIZON:][:5])
    assert forecast.unpriced_days.sum(axis=1).tolist() == [int((~known).sum())]
