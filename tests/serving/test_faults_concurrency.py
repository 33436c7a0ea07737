"""Many clients at once: each gets the answer to its own question, and nothing is computed twice.

Requests of several clients share one forecast call, so an answer given to the wrong one would look like an answer.
"""

from __future__ import annotations

import http.client
import signal
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from serving.model import Model
from tests.serving.conftest import Serve
from tests.serving.mixed_requests import Question, questions
from tests.serving.process import JSON_HEADERS, Answer, Service, read_answer, wait_until
from tests.serving.wire import ONE, answered, connected, many, metric, request

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


def test_requests_that_come_at_once_share_forecasts_and_stay_apart(
    model_dir: Path, serve: Serve, asked: list[list[Question]]
) -> None:
    """On open connections; the process is held while they are sent, so that it finds all of them waiting."""
    with serve(model_dir, SERVING_DRAIN_SECONDS="0", SERVING_MAX_REQUESTS="1000") as service, ExitStack() as stack:
        waiting = [(stack.enter_context(connected(service)), question) for own in asked for question in own]
        service.ready()  # connections are taken in their order, and so are all of these by now
        service.process.send_signal(signal.SIGSTOP)
        for connection, question in waiting:
            connection.sendall(request(question.body, f"x-request-id: {question.name}"))
        service.process.send_signal(signal.SIGCONT)
        wrong = [question.name for connection, question in waiting if not question.answered_by(answered(connection))]
        calls = metric(service, "retail_forecast_batch_requests_count")

        assert wrong == []
        assert metric(service, "retail_forecast_batch_requests_sum") == len(waiting)
        assert calls < len(waiting) / 2


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
