"""The end under load: SIGTERM to the process or container, clients that never finish, and workers that are killed."""

from __future__ import annotations

import http.client
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from serving.model import Model
from tests.serving.conftest import Serve
from tests.serving.mixed_requests import Question, questions
from tests.serving.process import PATIENCE_SECONDS, Service, wait_until
from tests.serving.wire import answered, closed, connected, many, metric, request

CLIENTS = 8
LARGE = 5000
"""Series of a request that is still being forecast when it has been looked for."""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_under_load_loses_no_answer(model: Model, model_dir: Path, serve: Serve, workers: str) -> None:
    """Small requests on kept connections, and large ones in flight: each is answered what it asked, then it ends."""
    with (
        serve(model_dir, SERVING_WORKERS=workers, SERVING_DRAIN_SECONDS="0.5").ready() as service,
        ThreadPoolExecutor(CLIENTS) as threads,
        ExitStack() as stack,
    ):
        over = threading.Event()
        stack.callback(over.set)
        clients = [
            threads.submit(ask_until, over, service, questions(model, seed, 20), lambda: draining(service))
            for seed in range(CLIENTS)
        ]
        wait_until(lambda: scored(service) > 100)
        large = [stack.enter_context(connected(service)) for _ in range(3)]
        for connection in large:
            connection.sendall(request(many(LARGE)))
        wait_until(lambda: metric(service, "retail_queued_series") >= LARGE)
        service.process.send_signal(signal.SIGTERM)

        assert [answered(connection).status for connection in large] == [200] * 3
        assert all(client.result(PATIENCE_SECONDS) for client in clients)
        assert service.process.wait(PATIENCE_SECONDS) == 0
        assert not [line for line in service.log if "exception" in line]


def test_clients_that_never_finish_do_not_keep_the_service_from_ending(model_dir: Path, serve: Serve) -> None:
    settings = {"SERVING_DRAIN_SECONDS": "0", "SERVING_SHUTDOWN_SECONDS": "1", "SERVING_RECEIVE_SECONDS": "600"}
    with serve(model_dir, **settings).ready() as service, ExitStack() as stack:
        whole = request(many(20))
        asking = [stack.enter_context(connected(service)) for _ in range(60)]
        for place, connection in enumerate(asking):
            connection.sendall(whole[: len(whole) * (place % 3) // 3])
        reading = stack.enter_context(connected(service, receive_bytes=4096))
        reading.sendall(request(many(2000)))
        wait_until(lambda: scored(service) == 1)
        service.process.send_signal(signal.SIGTERM)

        assert service.process.wait(PATIENCE_SECONDS) == 0
        codes = [answered(connection).error["code"] for place, connection in enumerate(asking) if place % 3]
        assert codes == ["deadline-exceeded"] * 40
        assert all(closed(connection) for place, connection in enumerate(asking) if not place % 3)
        assert not [line for line in service.log if "exception" in line or "Traceback" in str(line)]


def test_a_second_sigterm_ends_a_service_that_still_computes(model_dir: Path, serve: Serve) -> None:
    with serve(model_dir, SERVING_DRAIN_SECONDS="600").ready() as service, connected(service) as connection:
        connection.sendall(request(many(10_000)))
        wait_until(lambda: metric(service, "retail_queued_series") == 10_000)
        service.process.send_signal(signal.SIGTERM)
        wait_until(lambda: draining(service))
        service.process.send_signal(signal.SIGTERM)

        assert service.process.wait(PATIENCE_SECONDS) == 0


def test_a_worker_killed_under_load_costs_only_its_own_connections(model: Model, model_dir: Path) -> None:
    with (
        Service(model_dir, SERVING_WORKERS="2", SERVING_DRAIN_SECONDS="0").ready() as service,
        ThreadPoolExecutor(CLIENTS) as threads,
    ):
        over = threading.Event()
        clients = [
            threads.submit(ask_until, over, service, questions(model, seed, 20), lambda: False)
            for seed in range(CLIENTS)
        ]
        try:
            for count in (1, 2, 3):
                before = scored(service)
                wait_until(lambda: scored(service) > before + 50)  # noqa: B023 - awaited in this turn
                os.kill(service.logged("worker started")[-1]["pid"], signal.SIGKILL)
                wait_until(lambda: len(service.logged("worker started")) == 2 + count)  # noqa: B023
        finally:
            over.set()

        assert all(client.result(PATIENCE_SECONDS) for client in clients)
        assert [line["exit_code"] for line in service.logged("worker died")] == [-9] * 3
        wait_until(lambda: metric(service, "retail_requests_in_flight") == 1)
        assert metric(service, "retail_queued_requests") == metric(service, "retail_queued_series") == 0


def ask_until(over: threading.Event, service: Service, own: list[Question], ending: Callable[[], bool]) -> int:
    """How many were answered, each by the answer to itself; a connection that was ended is opened anew."""
    count = 0
    while not over.is_set():
        with connected(service) as connection:
            headers: dict[str, str] = {}
            while headers.get("connection") != "close" and not over.is_set():
                question = own[count % len(own)]
                try:
                    connection.sendall(request(question.body, f"x-request-id: {question.name}"))
                    answer = answered(connection)
                except (ConnectionError, http.client.HTTPException):
                    if draining(service):
                        raise
                    break  # its worker was killed
                assert question.answered_by(answer), answer
                headers = dict(answer.headers)
                count += 1
        if ending():
            return count
    return count


def draining(service: Service) -> bool:
    return bool(service.logged("draining"))


def scored(service: Service) -> float:
    """Requests for forecasts that were answered."""
    return metric(service, 'retail_requests_total{route="/score",status="200"}')
