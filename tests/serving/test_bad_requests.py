"""Every bad request gets a 4xx that names the field, in one shape."""

from __future__ import annotations

from typing import Any

import pytest

from tests.serving.process import JSON_HEADERS, Service

KEY = {"store_id": "north_1", "item_id": "GROCERY_001"}
DAY = {"date": "2024-12-31"}


def one(**fields: Any) -> dict[str, Any]:
    return {"series": [KEY], **fields}


def entry(**fields: Any) -> dict[str, Any]:
    return {"series": [{**KEY, **fields}]}


REQUESTS: dict[str, tuple[Any, str | None, str]] = {
    "not an object": ([1], None, "expected a JSON object"),
    "no series": ({}, "series", "required field is missing"),
    "series null": ({"series": None}, "series", "got null"),
    "series empty": ({"series": []}, "series", "at least one"),
    "entry not an object": ({"series": [KEY, "x"]}, "series[1]", "expected an object"),
    "item missing": ({"series": [KEY, {"store_id": "north_1"}]}, "series[1].item_id", "missing"),
    "item a number": ({"series": [{"store_id": "north_1", "item_id": 7}]}, "series[0].item_id", "got 7"),
    "item empty": ({"series": [{"store_id": "north_1", "item_id": ""}]}, "series[0].item_id", "1 to 200 characters"),
    "item endless": ({"series": [{"store_id": "north_1", "item_id": "x" * 201}]}, "series[0].item_id", "200"),
    "unknown item": (
        {"series": [KEY, {"store_id": "north_1", "item_id": "TEA"}]},
        "series[1].item_id",
        "not trained on store 'north_1', item 'TEA'",
    ),
    "unknown store": ({"series": [{"store_id": "moon", "item_id": "TEA"}]}, "series[0].store_id", "fallback"),
    "unknown choice": (one(unknown="guess"), "unknown", '"refuse" or "fallback"'),
    "extra field": (one(horizn=3), "horizn", "expected one of series, horizon"),
    "extra field of an entry": (entry(prise=3), "series[0].prise", "unknown field"),
    "same series twice": ({"series": [KEY, KEY]}, "series[1]", "asked twice"),
    "same id twice": ({"series": [{**KEY, "id": 1}, {**KEY, "id": 1}]}, "series[1]", "give each its own id"),
    "id an object": (entry(id={}), "series[0].id", "got an object"),
    "horizon zero": (one(horizon=0), "horizon", "from 1 to 28"),
    "horizon negative": (one(horizon=-28), "horizon", "got -28"),
    "horizon too long": (one(horizon=29), "horizon", "got 29"),
    "horizon absurd": (one(horizon=10**30), "horizon", "from 1 to 28"),
    "horizon a text": (one(horizon="28"), "horizon", "got '28'"),
    "horizon a fraction": (one(horizon=2.5), "horizon", "got 2.5"),
    "horizon a large fraction": (one(horizon=28.5), "horizon", "got 28.5"),
    "horizon true": (one(horizon=True), "horizon", "got true"),
    "quantiles a number": (one(quantiles=0.5), "quantiles", "a list of numbers"),
    "quantile out of range": (one(quantiles=[0.5, 1.5]), "quantiles[1]", "got 1.5"),
    "quantile extreme": (one(quantiles=[0.0001]), "quantiles[0]", "a level from 0.005 to 0.995"),
    "quantile a text": (one(quantiles=["0.5"]), "quantiles[0]", "got '0.5'"),
    "quantile twice": (one(quantiles=[0.5, 0.5]), "quantiles[1]", "asked twice"),
    "quantile twice in other digits": (one(quantiles=[0.1, 0.10]), "quantiles[1]", "0.1 is asked twice"),
    "quantile one": (one(quantiles=[0.5, 1]), "quantiles[1]", "got 1"),
    "quantiles null": (one(quantiles=None), "quantiles", "got null"),
    "quantiles without end": (one(quantiles=[index / 1000 for index in range(5, 106)]), "quantiles", "got 101"),
    "choice a list": (one(unknown=["refuse"]), "unknown", "got a list"),
    "unknown store and item among known ones": (
        {"series": [KEY, {"store_id": "moon", "item_id": "TEA"}, {"store_id": "north_1", "item_id": "TEA"}]},
        "series[1].store_id",
        "(and 1 more)",
    ),
    "id of more than 64 bits": (entry(id=2**64 - 1), "series[0].id", "of 64 bits"),
    "id a fraction": (entry(id=1.5), "series[0].id", "got 1.5"),
    "id true": (entry(id=True), "series[0].id", "got true"),
    "id null": (entry(id=None), "series[0].id", "got null"),
    "id twice in other digits": ({"series": [{**KEY, "id": 1}, {**KEY, "id": 1.0}]}, "series[1]", "its own id"),
    "item of blanks that is not trained": (
        {"series": [{"store_id": "north_1", "item_id": " GROCERY_001"}]},
        "series[0].item_id",
        "item ' GROCERY_001'",
    ),
    "department a number": (entry(dept_id=3), "series[0].dept_id", "got 3"),
    "nested within": (entry(future=[{"date": [[[[]]]]}]), "series[0].future[0].date", "got a list"),
    "field without end": (one(**{"x" * 5000: 1}), "x" * 200, "unknown field"),
}

DAYS: dict[str, tuple[Any, str, str]] = {
    "future an object": (entry(future={}), "series[0].future", "a list of objects"),
    "future of numbers": (entry(future=[1]), "series[0].future[0]", "an object with a date"),
    "date missing": (entry(future=[{"price": 1}]), "series[0].future[0].date", "missing"),
    "date malformed": (entry(future=[{"date": "31.12.2024"}]), "series[0].future[0].date", "such as 2024-01-31"),
    "date impossible": (entry(future=[{"date": "2025-02-30"}]), "series[0].future[0].date", "2025-02-30"),
    "date null": (entry(future=[{"date": None}]), "series[0].future[0].date", "got null"),
    "date with a time": (entry(future=[{"date": "2024-12-31T00:00"}]), "series[0].future[0].date", "such as"),
    "date of a week": (entry(future=[{"date": "2025-W01-1"}]), "series[0].future[0].date", "such as 2024-01-31"),
    "date in other digits": (entry(future=[{"date": "\uff12025-01-01"}]), "series[0].future[0].date", "such as"),
    "date of year one": (entry(future=[{"date": "0001-01-01"}]), "series[0].future[0].date", "0001-01-01 is not"),
    "date at the end of time": (
        entry(history=[{"date": "9999-12-31", "sales": 1}]),
        "series[0].history[0].date",
        "9999",
    ),
    "date a number": (entry(future=[{"date": 20241231}]), "series[0].future[0].date", "got 20241231"),
    "date in the past": (
        entry(future=[{"date": "2024-12-30", "price": 1}]),
        "series[0].future[0].date",
        "2024-12-30 is not a day from 2024-12-31 to 2025-01-27",
    ),
    "date after the forecast": (
        {**entry(future=[DAY, {"date": "2025-01-03"}]), "horizon": 3},
        "series[0].future[1].date",
        "not a day from 2024-12-31 to 2025-01-02",
    ),
    "future before fresh history": (
        entry(history=[{"date": "2024-12-31", "sales": 1}], future=[DAY]),
        "series[0].future[0].date",
        "not a day from 2025-01-01",
    ),
    "day twice": (entry(future=[DAY, DAY]), "series[0].future[1].date", "the same day twice"),
    "price zero": (entry(future=[{**DAY, "price": 0}]), "series[0].future[0].price", "a number > 0"),
    "price next to zero": (entry(future=[{**DAY, "price": 1e-7}]), "series[0].future[0].price", "a number > 0"),
    "price true": (entry(future=[{**DAY, "price": True}]), "series[0].future[0].price", "got true"),
    "price a list": (entry(future=[{**DAY, "price": [2]}]), "series[0].future[0].price", "got a list"),
    "flag a text": (entry(future=[{**DAY, "known_payday": "1"}]), "series[0].future[0].known_payday", "got '1'"),
    "flag of another value": (entry(future=[{**DAY, "known_payday": 7}]), "series[0].future[0].known_payday", "0 or 1"),
    "event type a number": (entry(future=[{**DAY, "event_type": 4}]), "series[0].future[0].event_type", "got 4"),
    "store named in an entry's own day": (entry(future=[{**DAY, **KEY}]), "series[0].future[0].store_id", "unknown"),
    "price a text": (entry(future=[{**DAY, "price": "2"}]), "series[0].future[0].price", "got '2'"),
    "price huge": (entry(future=[{**DAY, "price": 1e300}]), "series[0].future[0].price", "at most 1e+09"),
    "promo two": (entry(future=[{**DAY, "promo": 2}]), "series[0].future[0].promo", "0 or 1"),
    "event misspelt": (
        entry(future=[{**DAY, "event_name": "Eastr"}]),
        "series[0].future[0].event_name",
        "did you mean 'Easter'",
    ),
    "unknown column": (entry(future=[{**DAY, "known_rain": 1}]), "series[0].future[0].known_rain", "known_payday"),
    "sales in the future": (entry(future=[{**DAY, "sales": 1}]), "series[0].future[0].sales", "unknown field"),
    "history without sales": (entry(history=[DAY]), "series[0].history[0].sales", "missing"),
    "history null": (entry(history=[{**DAY, "sales": None}]), "series[0].history[0].sales", "got null"),
    "history negative": (entry(history=[{**DAY, "sales": -1}]), "series[0].history[0].sales", "a number >= 0"),
    "history too late": (
        entry(history=[{"date": "2027-01-01", "sales": 1}]),
        "series[0].history[0].date",
        "the history that a forecast can use",
    ),
    "history too early": (entry(history=[{"date": "2020-01-01", "sales": 1}]), "series[0].history[0].date", "2020"),
    "keyed row of another series": (
        one(future=[{"store_id": "south_1", "item_id": "GROCERY_001", **DAY}]),
        "future[0].item_id",
        "is not in `series`",
    ),
    "keyed row without its key": (one(history=[{**DAY, "sales": 1}]), "history[0].store_id", "missing"),
    "keyed row twice": (one(future=[{**KEY, **DAY}, {**KEY, **DAY}]), "future[1].date", "the same day twice"),
}

BODIES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the body is empty"),
    "cut off": (b'{"series": [', "not valid JSON"),
    "NaN": (b'{"series": NaN}', "not valid JSON"),
    "infinity": (b'{"horizon": -Infinity}', "not valid JSON"),
    "overflow": (b'{"horizon": 1e999}', "not valid JSON"),
    "not UTF-8": (b'{"series": "\xff"}', "not valid JSON"),
    "UTF-16": ('{"series": []}'.encode("utf-16"), "not valid JSON"),
    "byte order mark": (b'\xef\xbb\xbf{"series": []}', "not valid JSON"),
    "lone surrogate": (b'{"series": [{"store_id": "\\ud800", "item_id": "a"}]}', "not valid JSON"),
    "infinity spelt out": (b'{"horizon": Infinity}', "not valid JSON"),
    "two values": (b"{} {}", "not valid JSON"),
    "single quotes": (b"{'series': []}", "not valid JSON"),
    "trailing comma": (b'{"series": [],}', "not valid JSON"),
    "comment": (b"{} // all", "not valid JSON"),
    "a zero byte": (b'{"series": "\x00"}', "not valid JSON"),
    "nested without end": (b"[" * 100_000, "not valid JSON"),
}


@pytest.mark.parametrize(("body", "field", "said"), [pytest.param(*case, id=name) for name, case in REQUESTS.items()])
def test_a_wrong_field_of_the_request_is_named(service: Service, body: Any, field: str | None, said: str) -> None:
    assert_refused(service, body, field, said)


@pytest.mark.parametrize(("body", "field", "said"), [pytest.param(*case, id=name) for name, case in DAYS.items()])
def test_a_wrong_day_is_named(service: Service, body: Any, field: str, said: str) -> None:
    assert_refused(service, body, field, said)


@pytest.mark.parametrize(("body", "said"), [pytest.param(*case, id=name) for name, case in BODIES.items()])
def test_what_is_not_json_is_400(service: Service, body: bytes, said: str) -> None:
    answer = service.request("POST", "/score", body, JSON_HEADERS)

    assert answer.status == 400
    assert answer.error["code"] == "malformed-json"
    assert said in answer.error["message"]


@pytest.mark.parametrize("headers", [{}, {"content-type": "text/csv"}, {"content-type": "multipart/form-data; b=x"}])
def test_other_content_types_are_415(service: Service, headers: dict[str, str]) -> None:
    answer = service.request("POST", "/score", b"{}", headers)

    assert (answer.status, answer.error["code"]) == (415, "unsupported-media-type")


def test_compressed_bodies_are_415(service: Service) -> None:
    assert service.score(one(), **{"content-encoding": "gzip"}).status == 415


def test_a_charset_beside_json_is_fine(service: Service) -> None:
    assert service.score(one(), **{"content-type": "application/json; charset=utf-8"}).status == 200


def assert_refused(service: Service, body: Any, field: str | None, said: str) -> None:
    answer = service.score(body)
    assert answer.status == 422, answer.body
    assert set(answer.json) == {"error"}
    assert set(answer.error) == {"code", "message", "field"}
    assert answer.error["field"] == field
    assert said in answer.error["message"]
