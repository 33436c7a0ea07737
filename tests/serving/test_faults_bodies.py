"""Bodies that are JSON to the letter and hostile in spirit, or not JSON at all: refused by field, or answered."""

from __future__ import annotations

import json

import pytest

from serving.errors import CODES
from tests.serving.process import JSON_HEADERS, Service
from tests.serving.wire import answered, connected, many

KEY = '"store_id": "north_1", "item_id": "GROCERY_001"'
DEEP = 100_000


def series(entry: str = "", more: str = "") -> bytes:
    """A sound request with some JSON text added to its entry and to itself."""
    return f'{{"series": [{{{KEY}{entry}}}]{more}}}'.encode()


def nested(depth: int, opening: str = "[", closing: str = "]") -> str:
    return opening * depth + "1" + closing * depth


NOT_JSON: dict[str, bytes] = {
    "lists nested to the end": nested(DEEP).encode(),
    "objects nested to the end": nested(DEEP, '{"a":', "}").encode(),
    "a deep list in a field": series(more=f', "quantiles": {nested(DEEP)}'),
    "a deep list in a price": series(f', "future": [{{"date": "2024-12-31", "price": {nested(DEEP)}}}]'),
    "NaN in a price": series(', "future": [{"date": "2024-12-31", "price": NaN}]'),
    "infinity in sales": series(', "history": [{"date": "2024-12-31", "sales": Infinity}]'),
    "minus infinity in a level": series(more=', "quantiles": [-Infinity]'),
    "half of a surrogate pair": series(', "id": "\\ud800"'),
    "a raw control character": series(', "id": "a\nb"'),
    "bytes that are no text": series(', "id": "\xff"').decode().encode("latin-1"),
    "a byte order mark": b"\xef\xbb\xbf" + series(),
    "UTF-16": series().decode().encode("utf-16"),
    "two values": series() + series(),
    "a comment": b"/* one */" + series(),
    "single quotes": series().replace(b'"', b"'"),
    "a trailing comma": series(more=","),
    "a number beyond all doubles": series(f', "id": {"9" * 1000}'),
    "white space alone": b" \n\t" * 1000,
    "zeros": b"\0" * 1000,
}

REFUSED: dict[str, tuple[bytes, str | None]] = {
    "a number": (b"1", None),
    "null": (b"null", None),
    "a text": (b'"series"', None),
    "lists as deep as JSON goes here": (nested(1000).encode(), None),
    "a deep list for an id": (series(f', "id": {nested(900)}'), "series[0].id"),
    "a deep object for history": (
        series(f', "history": {nested(900, chr(123) + chr(34) + "a" + chr(34) + ":", "}")}'),
        "series[0].history",
    ),
    "an endless id": (series(f', "id": "{"x" * 10_000}"'), "series[0].id"),
    "an id with a fraction": (series(', "id": 1.5'), "series[0].id"),
    "a name in another script": (series(', "\u0441": 1'), "series[0].\u0441"),
    "an endless name": (series(f', "{"n" * 100_000}": 1'), f"series[0].{'n' * 200}"),
    "a price below nothing": (
        series(', "future": [{"date": "2024-12-31", "price": -0.01}]'),
        "series[0].future[0].price",
    ),
    "a price next to nothing": (
        series(', "future": [{"date": "2024-12-31", "price": 5e-324}]'),
        "series[0].future[0].price",
    ),
    "the year nought": (series(', "future": [{"date": "0000-01-01"}]'), "series[0].future[0].date"),
    "the last of all years": (series(', "future": [{"date": "9999-12-31"}]'), "series[0].future[0].date"),
    "a day of another calendar": (series(', "future": [{"date": "2024-W53-2"}]'), "series[0].future[0].date"),
    "a day in other digits": (series(', "future": [{"date": "٢٠٢٤-12-31"}]'), "series[0].future[0].date"),
    "a time": (series(', "future": [{"date": "2024-12-31T00:00:00Z"}]'), "series[0].future[0].date"),
    "a horizon that ends before it begins": (series(more=', "horizon": -1'), "horizon"),
    "a horizon of ages": (series(more=', "horizon": 9223372036854775807'), "horizon"),
    "a horizon out of all bounds": (series(more=f', "horizon": {"9" * 300}'), "horizon"),
    "a table of nothing": (b'{"input_data": {"columns": [], "data": []}}', "input_data.columns"),
    "a table with a deep cell": (
        f'{{"input_data": {{"columns": ["store_id", "item_id"], "data": [[{nested(900)}, 1]]}}}}'.encode(),
        "input_data.data[0].store_id",
    ),
}

ANSWERED: dict[str, bytes] = {
    "a name twice, the last counts": series(', "id": 7, "id": 8'),
    "white space everywhere": b" \n\t" * 1000 + series() + b" \n\t" * 1000,
    "escaped letters": series(', "id": "\\u0061\\ud83d\\ude00"'),
    "zero in an id": series(', "id": "a\\u0000b"'),
    "minus nought sales": series(', "history": [{"date": "2024-12-31", "sales": -0.0}]'),
    "the largest id": series(', "id": 9223372036854775807'),
    "the same series many times, each with its id": json.dumps(many(100)).encode(),
}


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in NOT_JSON.items()])
def test_what_is_no_json_is_400(service: Service, body: bytes) -> None:
    answer = service.request("POST", "/score", body, JSON_HEADERS)

    assert (answer.status, answer.error["code"], answer.error["field"]) == (400, "malformed-json", None)
    assert len(answer.body) < 1000


@pytest.mark.parametrize(("body", "field"), [pytest.param(*case, id=name) for name, case in REFUSED.items()])
def test_hostile_json_is_refused_by_field(service: Service, body: bytes, field: str | None) -> None:
    answer = service.request("POST", "/score", body, JSON_HEADERS)

    assert answer.status == 422, answer.body[:500]
    assert answer.error["field"] == field
    assert answer.error["code"] in CODES[422]
    assert len(answer.body) < 1500


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in ANSWERED.items()])
def test_unusual_json_is_answered(service: Service, body: bytes) -> None:
    answer = service.request("POST", "/score", body, JSON_HEADERS)

    assert answer.status == 200, answer.body
    asked = json.loads(body)["series"]
    assert [entry.get("id") for entry in asked] == [forecast.get("id") for forecast in answer.json["forecasts"]]


@pytest.mark.parametrize(
    "head",
    [
        b"content-length: 10\r\ncontent-length: 20",
        b"content-length: -1",
        b"content-length: 1e3",
        b"content-length: " + b"9" * 40,
        b"transfer-encoding: chunked\r\ncontent-length: 5",
        b"transfer-encoding: gzip",
    ],
    ids=lambda head: head.decode()[:50].replace("\r\n", ", "),
)
def test_a_body_of_doubtful_length_is_refused_and_nothing_after_it_is_read(service: Service, head: bytes) -> None:
    """Two ends of one body are how requests are smuggled past a proxy: the connection ends with the answer."""
    with connected(service) as connection:
        lines = b"POST /score HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" + head + b"\r\n\r\n"
        connection.sendall(lines + b"GET /version HTTP/1.1\r\nhost: x\r\n\r\n")
        answer = answered(connection)

        assert answer.status in (400, 413)
        assert answer.error["code"] in ("malformed-http", "body-too-large")
        assert answer.headers["connection"] == "close"


def test_none_of_this_was_a_fault(service: Service) -> None:
    assert not [line for line in service.log if "exception" in line or "Traceback" in str(line)]
