"""The small routes: what platforms and people ask of a running service."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.serving.process import Service

ONE = {"series": [{"store_id": "north_1", "item_id": "GROCERY_001"}]}


def test_live_and_ready_answer_200_with_the_model_in_memory(service: Service) -> None:
    assert service.get("/live").json == {"status": "live"}
    assert service.get("/ready").json == {"status": "ready"}


def test_health_has_the_reference_documents_shape(service: Service) -> None:
    health = service.get("/health").json

    assert health["status"] == "healthy"
    assert health["model_loaded"] is True
    assert datetime.fromisoformat(health["timestamp"]).tzinfo is not None


def test_version_names_the_model_by_its_mount_path(service: Service) -> None:
    version = service.get("/version").json

    assert (version["model"]["name"], version["model"]["version"]) == ("retail-forecast", "7")
    assert version["model"]["origin"] == "2024-12-31"
    assert version["model"]["series"] == 16
    assert "price" in version["model"]["columns"]
    assert "python" in version["runtime"]


def test_metrics_count_requests_and_forecasts(service: Service) -> None:
    before = metrics(service)
    service.score(ONE | {"horizon": 5})
    service.score({"series": []})
    after = metrics(service)

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert grown('retail_requests_total{route="/score",status="200"}') == 1
    assert grown('retail_requests_total{route="/score",status="422"}') == 1
    assert grown('retail_request_duration_seconds_count{route="/score"}') == 2
    assert grown("retail_forecast_values_total") == 5
    assert after["retail_model_ready"] == 1
    assert after["retail_requests_in_flight"] == 1
    assert any(name.startswith('retail_model_info{name="retail-forecast",version="7"') for name in after)


def test_a_latency_histogram_is_cumulative_up_to_its_count(service: Service) -> None:
    service.score(ONE)
    series = [
        value
        for name, value in metrics(service).items()
        if name.startswith("retail_request_duration_seconds_bucket") and 'route="/score"' in name
    ]

    assert series == sorted(series)
    assert series[-1] == metrics(service)['retail_request_duration_seconds_count{route="/score"}']


@pytest.mark.parametrize("path", ["/", "/scores", "/score/", "/SCORE", "//score", "/docs/", "/redoc", "/openapi.yaml"])
def test_unknown_routes_are_404_in_the_shape_of_errors(service: Service, path: str) -> None:
    answer = service.get(path)

    assert answer.status == 404
    assert answer.error["code"] == "not-found"


@pytest.mark.parametrize("path", ["/live", "/ready", "/health", "/version", "/metrics", "/openapi.json", "/docs"])
def test_head_is_answered_as_get_without_the_body(service: Service, path: str) -> None:
    got, head = service.get(path), service.request("HEAD", path)

    assert (head.status, head.headers["content-type"], head.body) == (200, got.headers["content-type"], b"")


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PATCH", "POST", "TRACE"])
def test_what_can_only_be_read_refuses_other_methods(service: Service, method: str) -> None:
    answer = service.request(method, "/live")

    assert (answer.status, answer.error["code"]) == (405, "method-not-allowed")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PATCH"])
def test_score_takes_only_post(service: Service, method: str) -> None:
    answer = service.request(method, "/score", b"{}")

    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_other_methods_are_405_with_the_one_allowed(service: Service) -> None:
    answer = service.get("/score")

    assert answer.status == 405
    assert answer.headers["allow"] == "POST"
    assert answer.error["code"] == "method-not-allowed"


def metrics(service: Service) -> dict[str, float]:
    """Every sample of the exposition: name with labels -> value."""
    lines = service.get("/metrics").body.decode().splitlines()
    samples = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in samples}
