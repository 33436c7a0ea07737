"""Clients that misbehave in great numbers, while others are served: none of them costs the others their answers."""

from __future__ import annotations

import contextlib
import http.client
import selectors
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from serving.model import Model
from tests.serving.conftest import Serve
from tests.serving.mixed_requests import questions
from tests.serving.process import Answer, Service, wait_until
from tests.serving.test_faults_concurrency import wrongly_answered
from tests.serving.wire import ONE, answered, connected, many, metric, request

SLOW = 300
FLOOD = 500
HANG_UPS = 20


@pytest.fixture(scope="module")
def service(model_dir: Path, serve: Serve) -> Iterator[Service]:
    with serve(model_dir, SERVING_RECEIVE_SECONDS="1", SERVING_DRAIN_SECONDS="0") as service:
        yield service.ready()


@pytest.fixture(autouse=True)
def _leaves_nothing_behind(service: Service) -> Iterator[None]:
    """After each test: nothing is in flight or queued, and no fault of ours was logged."""
    yield
    wait_until(lambda: metric(service, "retail_requests_in_flight") == 1)
    assert metric(service, "retail_queued_requests") == metric(service, "retail_queued_series") == 0
    assert not [line for line in service.log if "exception" in line or "Traceback" in str(line)]


def test_hundreds_of_slow_clients_are_told_so_while_others_are_served(service: Service, model: Model) -> None:
    """A byte at a time, of the head or of the body."""
    with ExitStack() as stack:
        slow = [stack.enter_context(connected(service)) for _ in range(SLOW)]
        enough = threading.Event()
        with ThreadPoolExecutor(1) as thread:
            dripping = thread.submit(drip, slow, request(many(20)), enough)
            try:
                assert wrongly_answered(service, questions(model, 1, 100)) == []
                assert service.get("/ready").status == 200
                answers = [answered(connection) for connection in slow]
            finally:
                enough.set()
            dripping.result()

    assert Counter((answer.status, answer.error["code"]) for answer in answers) == {(408, "slow-request"): SLOW}


def test_a_flood_of_connections_is_answered_each(service: Service) -> None:
    """More requests at once than are taken in: those beyond are told to come again, and nobody waits in vain."""
    with ExitStack() as stack:
        clients = [stack.enter_context(connected(service)) for _ in range(FLOOD)]
        for client in clients:
            client.sendall(request(many(60)))
        answers = [answered(client) for client in clients]
    refused = [answer for answer in answers if answer.status != 200]

    assert len(answers) - len(refused) >= 256
    assert {(answer.status, answer.error["code"]) for answer in refused} <= {(429, "overloaded")}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert service.score(ONE).status == 200


@pytest.mark.parametrize("part", ["nothing", "half of the head", "the head", "half of the body", "all of it"])
def test_clients_that_hang_up_leave_the_service_well(service: Service, part: str) -> None:
    whole = request(many(300))
    head = whole.index(b"\r\n\r\n") + 4
    sent = {"nothing": 0, "half of the head": head // 2, "the head": head, "half of the body": (head + len(whole)) // 2}
    for reset in (False, True):
        with ExitStack() as stack:
            for _ in range(HANG_UPS):
                connection = stack.enter_context(connected(service))
                if reset:
                    reset_at_close(connection)
                connection.sendall(whole[: sent.get(part, len(whole))])

    assert service.score(ONE).status == 200


def test_clients_that_hang_up_in_the_middle_of_a_large_answer_leave_the_service_well(service: Service) -> None:
    for reset in (False, True):
        with connected(service, receive_bytes=4096) as connection:
            if reset:
                reset_at_close(connection)
            connection.sendall(request(many(5000)))
            assert connection.recv(100).startswith(b"HTTP/1.1 200 ")

    assert service.score(ONE).status == 200


def test_hang_ups_among_the_requests_of_a_batch_cost_the_others_nothing(service: Service, model: Model) -> None:
    """Every other client of a burst is gone before it can be answered."""
    own = questions(model, 2, 60)
    with ExitStack() as stack:
        waiting = []
        for question in own:
            connection = stack.enter_context(connected(service))
            connection.sendall(request(question.body, f"x-request-id: {question.name}"))
            waiting.append((connection, question))
            with connected(service) as leaving:
                reset_at_close(leaving)
                leaving.sendall(request(many(3)))
        wrong = [question.name for connection, question in waiting if not question.answered_by(answered(connection))]

    assert wrong == []


def test_a_client_that_stops_reading_does_not_keep_others_waiting(service: Service) -> None:
    with ExitStack() as stack:
        for _ in range(3):
            connection = stack.enter_context(connected(service, receive_bytes=4096))
            connection.sendall(request(many(3000)))
        assert [service.score(ONE).status for _ in range(50)] == [200] * 50
        wait_until(lambda: metric(service, "retail_queued_series") == 0)


def test_connections_beyond_all_bounds_are_refused_and_the_rest_is_served(model_dir: Path, serve: Serve) -> None:
    with serve(model_dir, SERVING_MAX_CONNECTIONS="50", SERVING_DRAIN_SECONDS="0") as small, ExitStack() as stack:
        small.ready()
        clients = [stack.enter_context(connected(small)) for _ in range(FLOOD)]
        outcomes = Counter(outcome(client) for client in clients)

        assert set(outcomes) <= {200, 503, None}
        assert outcomes[200] >= 50
        assert outcomes[503] >= 1
        stack.close()
        wait_until(lambda: small.score(ONE).status == 200)


def outcome(client: socket.socket) -> int | None:
    """The status that a question is answered with; None where the connection was ended before it was asked."""
    try:
        client.sendall(request(ONE))
        answer: Answer = answered(client)
    except (ConnectionError, http.client.HTTPException):
        return None
    assert answer.status == 200 or answer.error["code"] == "overloaded"
    return answer.status


def drip(connections: list[socket.socket], whole: bytes, enough: threading.Event) -> None:
    """A byte a turn on each connection until it is answered; half of them begin in the body."""
    begin = whole.index(b"\r\n\r\n") + 4
    with selectors.DefaultSelector() as selector:
        for place, connection in enumerate(connections):
            selector.register(connection, selectors.EVENT_READ)
            if place % 2:
                connection.sendall(whole[:begin])
        place = 0
        while not enough.wait(0.1) and place < len(whole) - begin:
            answered_already = {key.fileobj for key, _ in selector.select(0)}
            for number, connection in enumerate(connections):
                if connection not in answered_already:
                    with contextlib.suppress(ConnectionError):
                        offset = place + (begin if number % 2 else 0)
                        connection.send(whole[offset : offset + 1])
            place += 1


def reset_at_close(connection: socket.socket) -> None:
    """Its end is a reset, as when the client's process is killed with data unread."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
