"""Bounds on what one request may cost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from serving.errors import RequestError
from serving.model import Model
from tests.serving.process import JSON_HEADERS, Service, read_answer

KEY = {"store_id": "north_1", "item_id": "GROCERY_001"}


def test_too_many_series_are_413(service: Service) -> None:
    answer = service.score({"series": [{**KEY, "id": index} for index in range(101)]})

    assert answer.status == 413
    assert answer.error == {
        "code": "too-many-series",
        "message": "101 series in one request; send at most 100 at a time",
        "field": "series",
    }


def test_a_short_request_that_stands_for_very_many_days_is_413(model: Model) -> None:
    """Each row of the request's own history counts for every entry of its series."""
    days = [f"2024-{month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 29)]
    request = {
        "series": [{**KEY, "id": index} for index in range(2_000)],
        "history": [{**KEY, "date": day, "sales": 1} for day in days],
    }
    with pytest.raises(RequestError) as refused:
        replace(model.parser, max_series=10_000).parse(request)

    assert (refused.value.status, refused.value.code) == (413, "too-many-days")


def test_an_announced_body_of_ten_megabytes_is_413_before_it_is_sent(service: Service) -> None:
    connection = service.connect()
    connection.putrequest("POST", "/score")
    for name, value in {**JSON_HEADERS, "content-length": str(10_000_000)}.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = read_answer(connection)
    connection.close()

    assert (answer.status, answer.error["code"]) == (413, "body-too-large")


def test_an_unannounced_body_of_ten_megabytes_is_413(service: Service) -> None:
    connection = service.connect()
    connection.putrequest("POST", "/score")
    connection.putheader("transfer-encoding", "chunked")
    connection.putheader("content-type", "application/json")
    connection.endheaders()
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    sent = 0
    while sent < 10_000_000:
        try:
            connection.send(chunk)
        except (BrokenPipeError, ConnectionResetError):
            break  # the service has answered and hung up
        sent += 65536
    answer = read_answer(connection)
    connection.close()

    assert (answer.status, answer.error["code"]) == (413, "body-too-large")


def test_a_client_that_hangs_up_leaves_the_service_well(service: Service) -> None:
    connection = service.connect()
    connection.putrequest("POST", "/score")
    for name, value in {**JSON_HEADERS, "content-length": "1000"}.items():
        connection.putheader(name, value)
    connection.endheaders(b'{"series"')
    connection.close()

    assert service.score({"series": [KEY]}).status == 200
    assert not service.logged("bug")
