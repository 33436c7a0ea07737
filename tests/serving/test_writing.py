"""How an answer goes over the wire: its head together with its body, whatever kind of answer it is."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.process import Service
from tests.serving.wire import ONE, answered, connected, many, request

LIVE = b"GET /live HTTP/1.1\r\nhost: x\r\n"


@pytest.fixture(scope="module")
def own(model_dir: Path) -> Iterator[Service]:
    with Service(model_dir, SERVING_DRAIN_SECONDS="0") as service:
        yield service.ready()


def test_head_and_body_arrive_in_one_piece(own: Service) -> None:
    with connected(own) as connection:
        for _ in range(20):
            connection.sendall(LIVE + b"\r\n")
            assert connection.recv(65536).endswith(b'{"status":"live"}')


def test_an_answer_without_a_body_is_not_held_back(own: Service) -> None:
    with connected(own) as connection:
        for _ in range(2):
            connection.sendall(LIVE.replace(b"GET", b"HEAD") + b"\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_the_last_answer_of_a_connection_is_whole(own: Service) -> None:
    for method in (b"GET", b"HEAD"):
        with connected(own) as connection:
            connection.sendall(LIVE.replace(b"GET", method) + b"connection: close\r\n\r\n")
            whole = b"".join(iter(lambda: connection.recv(65536), b""))
        assert whole.startswith(b"HTTP/1.1 200 ")
        assert whole.endswith(b'{"status":"live"}') is (method == b"GET")


def test_a_client_that_asks_to_go_on_is_told_before_it_sends_the_body(own: Service) -> None:
    whole = request(ONE, "expect: 100-continue")
    head, body = whole.split(b"\r\n\r\n", 1)
    with connected(own) as connection:
        connection.sendall(head + b"\r\n\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert answered(connection).status == http.client.OK


def test_an_answer_of_many_slices_is_whole(own: Service) -> None:
    answer = own.score({**many(800), "quantiles": [0.1, 0.5, 0.9]})

    assert len(answer.body) > 2 * 256 * 1024
    assert len(answer.json["forecasts"]) == 800
