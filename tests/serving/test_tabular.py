"""Azure ML's tabular form asks the same questions."""

from __future__ import annotations

from typing import Any

import pytest

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


def test_errors_name_the_row_of_the_table(service: Service) -> None:
    columns = ["store_id", "item_id", "date", "price"]
    rows: list[list[Any]] = [[*KEY, None, None], [*OTHER, "2024-12-31", 2.0], [*OTHER, "2025-01-01", -2.0]]

    assert table(service, columns, *rows).error["field"] == "input_data.data[2].price"
    assert (
        table(service, ["store_id", "item_id"], KEY, ["north_1", "no"]).error["field"] == "input_data.data[1].item_id"
    )
    assert table(service, ["store_id", "item_id"], KEY, horizon=0).error["field"] == "params.horizon"
    assert table(service, ["store_id", "item_id"], KEY, quantiles=[2.0]).error["field"] == "params.quantiles[0]"


def body(**table: Any) -> dict[str, Any]:
    return {"input_data": {"columns": ["store_id", "item_id"], "data": [KEY], **table}}


NOT_TABLES: dict[str, tuple[dict[str, Any], str]] = {
    "a list": ({"input_data": []}, "input_data"),
    "no data": ({"input_data": {"columns": ["store_id", "item_id"]}}, "input_data.data"),
    "no rows": (body(data=[]), "input_data.data"),
    "no column of items": (body(columns=["store_id"]), "input_data.columns"),
    "unknown column": (body(columns=["store_id", "item_id", "prise"]), "input_data.columns[2]"),
    "column twice": (body(columns=["store_id", "item_id", "store_id"]), "input_data.columns[2]"),
    "column a number": (body(columns=["store_id", 3]), "input_data.columns[1]"),
    "columns an object": (body(columns={}), "input_data.columns"),
    "extra field": (body(rows=[]), "input_data.rows"),
    "short row": (body(data=[["x"]]), "input_data.data[0]"),
    "row an object": (body(data=[KEY, {}]), "input_data.data[1]"),
    "store null": (body(data=[KEY, [None, "a"]]), "input_data.data[1].store_id"),
    "store an object": (body(data=[KEY, [{}, "a"]]), "input_data.data[1].store_id"),
    "index a number": (body(index=5), "input_data.index"),
    "index too long": (body(index=[1, 2]), "input_data.index"),
    "index nested": (body(index=[[1]]), "input_data.index"),
    "too many rows": (body(data=[["north_1", f"{item}"] for item in range(101)]), "input_data.data"),
    "option beside the table": (body() | {"horizon": 3}, "horizon"),
    "unknown option": (body() | {"params": {"x": 1}}, "params.x"),
    "params null": (body() | {"params": None}, "params"),
    "choice a number": (body() | {"params": {"unknown": 1}}, "params.unknown"),
}


@pytest.mark.parametrize(("request_", "field"), [pytest.param(*case, id=name) for name, case in NOT_TABLES.items()])
def test_tables_that_are_none_are_refused_by_field(service: Service, request_: dict[str, Any], field: str) -> None:
    answer = service.score(request_)

    assert answer.status in (413, 422)
    assert answer.error["field"] == field


def test_the_index_of_a_data_frame_is_accepted(service: Service) -> None:
    assert service.score(body(index=[7])).status == service.score(body(index=["row"])).status == 200
