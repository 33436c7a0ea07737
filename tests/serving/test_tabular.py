"""Azure ML's tabular form asks the same questions."""

from __future__ import annotations

from typing import Any

from tests.serving.process import Answer, Service

KEY = ["north_1", "GROCERY_001"]
OTHER = ["south_1", "HOUSEHOLD_002"]


def table(service: Service, columns: list[str], *rows: list[Any], **params: Any) -> Answer:
    return service.score({"input_data": {"columns": columns, "data": list(rows)}, "params": params})


def test_a_row_a_series_is_the_same_as_series(service: Service) -> None:
    keys = [{"store_id": store, "item_id": item} for store, item in (KEY, OTHER)]
    answer = table(service, ["store_id", "item_id"], KEY, OTHER, horizon=5, quantiles=[0.5])

    assert answer.json == service.score({"series": keys, "horizon": 5, "quantiles": [0.5]}).json


def test_rows_with_a_date_are_future_and_with_sales_history(service: Service) -> None:
    answer = table(
        service,
        ["item_id", "store_id", "date", "sales", "price"],
        [KEY[1], KEY[0], "2024-12-31", 12, 2.0],
        [KEY[1], KEY[0], "2025-01-01", None, 1.5],
        horizon=2,
    )
    key = {"store_id": KEY[0], "item_id": KEY[1]}
    same = {
        "series": [key],
        "history": [{**key, "date": "2024-12-31", "sales": 12, "price": 2.0}],
        "future": [{**key, "date": "2025-01-01", "price": 1.5}],
        "horizon": 2,
    }

    assert answer.status == 200
    assert answer.json == service.score(same).json


def test_an_index_is_accepted(service: Service) -> None:
    body = {"input_data": {"columns": ["store_id", "item_id"], "index": [0], "data": [KEY]}}

    assert service.score(body).status == 200


def test_errors_name_the_row_of_the_table(service: Service) -> None:
    columns = ["store_id", "item_id", "date", "price"]
    rows: list[list[Any]] = [[*KEY, None, None], [*OTHER, "2024-12-31", 2.0], [*OTHER, "2025-01-01", -2.0]]

    assert table(service, columns, *rows).error["field"] == "input_data.data[2].price"
    assert (
        table(service, ["store_id", "item_id"], KEY, ["north_1", "no"]).error["field"] == "input_data.data[1].item_id"
    )
    assert table(service, ["store_id", "item_id"], KEY, horizon=0).error["field"] == "params.horizon"
    assert table(service, ["store_id", "item_id"], KEY, quantiles=[2.0]).error["field"] == "params.quantiles[0]"


def test_tables_that_are_none_are_refused_by_field(service: Service) -> None:
    for body, field in (
        ({"input_data": []}, "input_data"),
        ({"input_data": {"columns": ["store_id", "item_id"]}}, "input_data.data"),
        ({"input_data": {"columns": ["store_id"], "data": []}}, "input_data.columns"),
        ({"input_data": {"columns": ["store_id", "item_id", "prise"], "data": []}}, "input_data.columns[2]"),
        ({"input_data": {"columns": ["store_id", "item_id"], "data": [["x"]]}}, "input_data.data[0]"),
        ({"input_data": {"columns": ["store_id", "item_id"], "data": []}}, "series"),
        ({"input_data": {"columns": ["store_id", "item_id"], "data": [KEY]}, "horizon": 3}, "horizon"),
        ({"input_data": {"columns": ["store_id", "item_id"], "data": [KEY]}, "params": {"x": 1}}, "params.x"),
    ):
        answer = service.score(body)
        assert (answer.status, answer.error["field"]) == (422, field), body
