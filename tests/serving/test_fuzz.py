"""Nothing that a client sends gives a 500: random JSON, and requests with random damage."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving.errors import RequestError
from serving.model import Model
from serving.scoring import score
from tests.serving.process import JSON_HEADERS, Service

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["north_1", "GROCERY_001", "2024-12-31", "2025-01-01", "fallback", "Easter", 0.5, 28, 1e300])
)
NAMES = st.sampled_from(
    [
        *("series", "store_id", "item_id", "id", "dept_id", "future", "history", "horizon", "quantiles", "unknown"),
        *("date", "sales", "price", "promo", "event_name", "event_type", "known_payday"),
        *("input_data", "columns", "data", "index", "params"),
    ]
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=5)
)
KEY = {"store_id": "north_1", "item_id": "GROCERY_001"}
GOOD: dict[str, Any] = {
    "series": [
        {**KEY, "id": "a", "future": [{"date": "2025-01-02", "price": 2.5, "promo": 1, "known_payday": 1}]},
        {**KEY, "id": "b", "history": [{"date": "2025-01-01", "sales": 3, "event_name": "New Year"}]},
        {"store_id": "new", "item_id": "new", "dept_id": "GROCERY_1"},
    ],
    "future": [{**KEY, "date": "2025-01-03", "price": 2.0}],
    "horizon": 7,
    "quantiles": [0.1, 0.9],
    "unknown": "fallback",
}
TABLE: dict[str, Any] = {
    "input_data": {
        "columns": ["store_id", "item_id", "date", "sales", "price"],
        "data": [["north_1", "GROCERY_001", "2024-12-31", 3, 2.5], ["north_1", "GROCERY_001", "2025-01-01", None, 2.5]],
    },
    "params": {"horizon": 2},
}
FUZZ = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key or index) in a JSON value."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A good request in which one to three values, anywhere, are replaced, added or taken away."""
    request = copy.deepcopy(draw(st.sampled_from([GOOD, TABLE])))
    for _ in range(draw(st.integers(1, 3))):
        container, key = draw(st.sampled_from(list(places(request)) or [({}, "")]))
        action = draw(st.sampled_from(["replace", "replace", "add", "remove"]))
        if action == "replace":
            container[key] = draw(VALUES)
        elif action == "add" and isinstance(container, dict):
            container[draw(NAMES)] = draw(VALUES)
        elif container:
            del container[key]
    return request


@FUZZ
@given(body=VALUES)
def test_random_json_is_refused_by_field_or_answered(model: Model, body: Any) -> None:
    assert_answered_or_refused(model, body)


@FUZZ
@given(body=damaged())
def test_damaged_requests_are_refused_by_field_or_answered(model: Model, body: Any) -> None:
    assert_answered_or_refused(model, body)


@settings(FUZZ, max_examples=100)
@given(body=st.binary(max_size=60) | damaged().map(lambda value: json.dumps(value).encode()))
def test_random_bytes_over_http_never_give_a_500(service: Service, body: bytes) -> None:
    answer = service.request("POST", "/score", body, JSON_HEADERS)

    assert answer.status in (200, 400, 413, 422), answer.body
    assert answer.status == 200 or answer.error["message"]


def assert_answered_or_refused(model: Model, body: Any) -> None:
    outcome = outcome_of(model, body)
    if isinstance(outcome, RequestError):
        assert outcome.status in (400, 413, 422)
        assert outcome.message
    else:
        assert None not in numbers(json.loads(outcome)["forecasts"])


def outcome_of(model: Model, body: Any) -> bytes | RequestError:
    try:
        return score(model, json.dumps(body).encode())[1]
    except RequestError as error:
        return error


def numbers(forecasts: list[dict[str, Any]]) -> list[float | None]:
    """All means and quantiles; what JSON cannot say (NaN, infinity) would be null."""
    rows = [row for forecast in forecasts for row in (forecast["mean"], *forecast["quantiles"].values())]
    return [value for row in rows for value in row]
