"""Many clients at once: each gets the answer to its own question, and nothing is computed twice.

Requests of several clients share one forecast call, so an answer given to the wrong one would look like an answer.
"""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from serving.model import Model
from tests.serving.conftest import Serve
from tests.serving.mixed_requests import Question, questions
from tests.serving.process import JSON_HEADERS, Answer, Service, read_answer, wait_until
from tests.serving.wire import ONE, connected, many, metric, request

CLIENTS = 16
EACH = 20
LARGE = 400
"""Entries of a request that is computed in threads and parts."""


@pytest.fixture(scope="module")
def asked(model: Model) -> list[list[Question]]:
    """The questions of each client."""
    return [questions(model, client, EACH) for client in range(CLIENTS)]


@pytest.fixture(scope="module", params=["1", "2"], ids=["one worker", "two workers"])
def busy(request: pytest.FixtureRequest, model_dir: Path, serve: Serve) -> Iterator[Service]:
    with serve(model_dir, SERVING_WORKERS=request.param, SERVING_DRAIN_SECONDS="0") as service:
        yield service.ready()


def test_each_of_many_clients_is_answered_what_it_asked(busy: Service, asked: list[list[Question]]) -> None:
    before = counted(busy)
    wrong = at_once([partial(wrongly_answered, busy, own) for own in asked])

    assert wrong == [[]] * CLIENTS
    assert counted(busy) - before == sum(question.values for own in asked for question in own)


def test_requests_of_many_clients_share_forecasts_and_stay_apart(busy: Service, asked: list[list[Question]]) -> None:
    """All requests of a client are sent before its first answer is read: none of them waits for another."""
    before = batches(busy)
    wrong = at_once([partial(wrongly_answered_in_a_row, busy, own) for own in asked])
    requests, calls = (now - then for now, then in zip(batches(busy), before, strict=True))

    assert wrong == [[]] * CLIENTS
    assert requests == CLIENTS * EACH
    assert calls < requests


def test_large_and_small_requests_at_once_are_each_answered(busy: Service, model: Model) -> None:
    roomy = replace(model, parser=replace(model.parser, max_series=LARGE))
    large = [questions(roomy, 100 + client, 2, most_series=LARGE) for client in range(4)]
    small = [questions(model, 200 + client, EACH) for client in range(4)]

    assert at_once([partial(wrongly_answered, busy, own) for own in [*large, *small]]) == [[]] * 8


def test_who_gives_up_and_asks_again_is_answered_once(busy: Service, asked: list[list[Question]]) -> None:
    """Routers and clients ask again under the same request id when a connection breaks."""
    before = counted(busy), received(busy)

    def impatient(own: Sequence[Question]) -> list[str]:
        for question in own:
            give_up(busy, question)
        return wrongly_answered(busy, own)

    assert at_once([partial(impatient, own) for own in asked]) == [[]] * CLIENTS
    wait_until(lambda: metric(busy, "retail_requests_in_flight") == 1)
    values = sum(question.values for own in asked for question in own)
    assert values <= counted(busy) - before[0] <= 2 * values
    assert received(busy) - before[1] <= 2 * CLIENTS * EACH


def test_a_large_request_that_nobody_waits_for_is_not_computed_to_its_end(model_dir: Path, serve: Serve) -> None:
    with serve(model_dir, SERVING_DRAIN_SECONDS="0", SERVING_THREADS="1") as service:
        service.ready()
        for _ in range(3):
            with connected(service) as connection:
                connection.sendall(request(many(10_000)))
                wait_until(lambda: metric(service, "retail_queued_series") == 10_000)
        wait_until(lambda: metric(service, "retail_queued_requests") == 0)

        assert service.score(ONE).status == 200
        assert counted(service) == 28
        assert metric(service, 'retail_requests_total{route="/score",status="499"}') == 3


def wrongly_answered(service: Service, own: Sequence[Question]) -> list[str]:
    """One after the other on one connection; the names of the requests whose answers are another's."""
    connection = service.connect()
    try:
        return [question.name for question in own if not question.answered_by(ask(connection, question))]
    finally:
        connection.close()


def ask(connection: http.client.HTTPConnection, question: Question) -> Answer:
    connection.request("POST", "/score", question.content, {**JSON_HEADERS, "x-request-id": question.name})
    return read_answer(connection)


def wrongly_answered_in_a_row(service: Service, own: Sequence[Question]) -> list[str]:
    """Each on a connection of its own, all sent before the first answer is read."""
    connections = [service.connect() for _ in own]
    try:
        for connection, question in zip(connections, own, strict=True):
            connection.request("POST", "/score", question.content, {**JSON_HEADERS, "x-request-id": question.name})
        return [
            question.name
            for connection, question in zip(connections, own, strict=True)
            if not question.answered_by(read_answer(connection))
        ]
    finally:
        for connection in connections:
            connection.close()


def give_up(service: Service, question: Question) -> None:
    """Sends the whole request and breaks the connection at once, as a client that is killed does."""
    with connected(service) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(request(question.body, f"x-request-id: {question.name}"))


def at_once(clients: Sequence[Callable[[], list[str]]]) -> list[list[str]]:
    """What each client returns; all begin together."""
    start = threading.Barrier(len(clients))

    def run(client: Callable[[], list[str]]) -> list[str]:
        start.wait()
        return client()

    with ThreadPoolExecutor(len(clients)) as threads:
        return list(threads.map(run, clients))


def counted(service: Service) -> float:
    """Days that were forecast."""
    return metric(service, "retail_forecast_values_total")


def received(service: Service) -> float:
    """Requests for forecasts that came to an end, however it was."""
    return sum(metric(service, f'retail_requests_total{{route="/score",status="{status}"}}') for status in (200, 499))


def batches(service: Service) -> tuple[float, float]:
    """Requests that were forecast together, and the calls that did it."""
    name = "retail_forecast_batch_requests"
    return metric(service, f"{name}_sum"), metric(service, f"{name}_count")
