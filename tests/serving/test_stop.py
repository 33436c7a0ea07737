"""SIGTERM: readiness goes first, what is in flight finishes, the process ends with 0."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.serving.process import JSON_HEADERS, PATIENCE_SECONDS, Service, read_answer, wait_until

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
        wait_until(lambda: in_flight(service) == 2)
        service.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not listening(service))
        assert service.process.poll() is None
        connection.send(BODY[10:])
        answer = read_answer(connection)
        connection.close()

        assert answer.status == 200
        assert service.process.wait(PATIENCE_SECONDS) == 0
        assert [line["message"] for line in service.log if line["message"] in ("draining", "stopped")]


def in_flight(service: Service) -> int:
    """Requests being answered, the one that asks included."""
    lines = service.get("/metrics").body.decode().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("retail_requests_in_flight "))


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
