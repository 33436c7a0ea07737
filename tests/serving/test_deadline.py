"""A forecast that nobody waits for any more is not computed: the deadline has passed, or the client is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.serving.process import Service, wait_until
from tests.serving.wire import ONE, connected, many, metric, request


@pytest.mark.parametrize(("body", "seconds"), [(ONE, "0.000001"), (many(10_000), "0.1")])
def test_after_the_deadline_a_request_is_503_and_leaves_room(model_dir: Path, body: object, seconds: str) -> None:
    with Service(model_dir, SERVING_DEADLINE_SECONDS=seconds, SERVING_DRAIN_SECONDS="0").ready() as service:
        late = service.score(body)

        assert (late.status, late.error["code"], late.headers["retry-after"]) == (503, "deadline-exceeded", "1")
        assert metric(service, 'retail_requests_shed_total{reason="deadline"}') == 1
        assert metric(service, "retail_queued_series") == 0
        assert metric(service, "retail_forecast_series_total") == 0


def test_a_large_request_is_abandoned_when_its_client_hangs_up(model_dir: Path) -> None:
    with Service(model_dir, SERVING_DRAIN_SECONDS="0").ready() as service:
        with connected(service) as connection:
            connection.sendall(request(many(10_000)))
            wait_until(lambda: metric(service, "retail_queued_series") == 10_000)
        wait_until(lambda: metric(service, "retail_queued_series") == 0)

        assert metric(service, 'retail_requests_total{route="/score",status="499"}') == 1
        assert metric(service, "retail_forecast_series_total") == 0
        assert service.score(ONE).status == 200
