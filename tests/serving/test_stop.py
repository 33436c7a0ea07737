"""SIGTERM: readiness goes first, what is in flight finishes, the process ends with 0."""

from __future__ import annotations

import json
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.serving.process import JSON_HEADERS, PATIENCE_SECONDS, Service, read_answer, wait_until
from tests.serving.wire import ONE, answered, closed, connected, metric, request

BODY = json.dumps({"series": [{"store_id": "north_1", "item_id": "GROCERY_001"}]}).encode()


def test_sigterm_takes_readiness_away_first_and_still_answers(model_dir: Path) -> None:
    with Service(model_dir, SERVING_DRAIN_SECONDS="600").ready() as service:
        service.process.send_signal(signal.SIGTERM)
        wait_until(lambda: service.get("/ready").status == 503)

        assert service.get("/ready").json == {"status": "draining", "reason": "the process is shutting down"}
        assert service.get("/live").status == 200
        assert service.request("POST", "/score", BODY, JSON_HEADERS).status == 200
        service.process.send_signal(signal.SIGTERM)  # a second one does not wait
        assert service.process.wait(PATIENCE_SECONDS) == 0


def test_a_request_in_flight_is_answered_before_the_process_ends(model_dir: Path) -> None:
    with Service(model_dir, SERVING_DRAIN_SECONDS="0").ready() as service:
        connection = service.connect()
        connection.putrequest("POST", "/score")
        for name, value in {**JSON_HEADERS, "content-length": str(len(BODY))}.items():
            connection.putheader(name, value)
        connection.endheaders(BODY[:10])
        wait_until(lambda: metric(service, "retail_requests_in_flight") == 2)
        service.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not listening(service))
        assert service.process.poll() is None
        connection.send(BODY[10:])
        answer = read_answer(connection)
        connection.close()

        assert answer.status == 200
        assert service.process.wait(PATIENCE_SECONDS) == 0
        assert [line["message"] for line in service.log if line["message"] in ("draining", "stopped")]


def test_connections_kept_open_are_told_to_end_while_the_process_drains(model_dir: Path) -> None:
    with Service(model_dir, SERVING_DRAIN_SECONDS="600").ready() as service, connected(service) as kept:
        kept.sendall(request(ONE))
        assert "connection" not in answered(kept).headers
        service.process.send_signal(signal.SIGTERM)
        wait_until(lambda: service.logged("draining"))
        kept.sendall(request(ONE))
        answer = answered(kept)
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert closed(kept)
        service.process.send_signal(signal.SIGTERM)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_under_load_every_request_is_answered_until_the_process_has_ended(model_dir: Path, workers: str) -> None:
    """Clients keep their connections, open a new one when told to, and stop when readiness goes."""
    with (
        Service(model_dir, SERVING_DRAIN_SECONDS="0.5", SERVING_WORKERS=workers).ready() as service,
        ThreadPoolExecutor(8) as threads,
    ):
        clients = [threads.submit(ask_until_draining, service) for _ in range(8)]
        wait_until(lambda: metric(service, 'retail_requests_total{route="/score",status="200"}') > 50)
        service.process.send_signal(signal.SIGTERM)

        assert all(client.result(PATIENCE_SECONDS) > 0 for client in clients)
        assert service.process.wait(PATIENCE_SECONDS) == 0
        assert not service.logged("bug")


def ask_until_draining(service: Service) -> int:
    """How many requests were answered by 200; anything else fails."""
    count = 0
    while True:
        with connected(service) as connection:
            headers: dict[str, str] = {}
            while headers.get("connection") != "close":
                connection.sendall(request(ONE))
                answer = answered(connection)
                assert answer.status == 200
                headers = dict(answer.headers)
                count += 1
        if service.logged("draining"):
            return count


def listening(service: Service) -> bool:
    try:
        return service.get("/live").status == 200
    except ConnectionError:
        return False


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_an_idle_process_ends_at_once_with_0(model_dir: Path, name: str) -> None:
    with Service(model_dir, SERVING_DRAIN_SECONDS="0").ready() as service:
        service.process.send_signal(signal.Signals[name])

        assert service.process.wait(PATIENCE_SECONDS) == 0
        wait_until(lambda: service.logged("stopped"))
        assert service.logged("draining")[0]["signal"] == name


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_signal_right_after_the_start_ends_the_process_with_0(model_dir: Path, workers: str) -> None:
    with Service(model_dir, SERVING_WORKERS=workers, SERVING_DRAIN_SECONDS="0") as service:
        service.process.send_signal(signal.SIGTERM)

        assert service.process.wait(PATIENCE_SECONDS) == 0


def test_what_the_end_cuts_off_is_told_so_however_long_its_own_time(model_dir: Path) -> None:
    settings = {"SERVING_SHUTDOWN_SECONDS": "0", "SERVING_DEADLINE_SECONDS": "600", "SERVING_RECEIVE_SECONDS": "600"}
    with Service(model_dir, SERVING_DRAIN_SECONDS="0", **settings).ready() as service, connected(service) as unfinished:
        unfinished.sendall(request(ONE)[:-5])
        wait_until(lambda: metric(service, "retail_requests_in_flight") == 2)
        service.process.send_signal(signal.SIGTERM)
        answer = answered(unfinished)

        assert (answer.status, answer.error["code"]) == (503, "deadline-exceeded")
        assert service.process.wait(PATIENCE_SECONDS) == 0
