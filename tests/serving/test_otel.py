"""Export to Application Insights: what is sent, that nothing is sent or imported unless asked, and no key in a log."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serving.ingestion import KEY, Ingestion, ingestion
from tests.serving.process import CHECKOUT, Service, wait_until

ONE = {"series": [{"store_id": "north_1", "item_id": "GROCERY_001"}], "horizon": 5}
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
AT_ONCE = {
    "OTEL_TRACES_SAMPLER": "always_on",
    "OTEL_BSP_SCHEDULE_DELAY": "100",
    "OTEL_BLRP_SCHEDULE_DELAY": "100",
    "OTEL_METRIC_EXPORT_INTERVAL": "200",
    "SERVING_DRAIN_SECONDS": "0",
    "SERVING_SLOT": "green",
}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Ingestion]:
    with ingestion() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def exporting(endpoint: Ingestion, model_dir: Path) -> Iterator[Service]:
    settings = AT_ONCE | {"APPLICATIONINSIGHTS_CONNECTION_STRING": endpoint.connection_string}
    with Service(model_dir, **settings) as service:
        service.ready()
        wait_until(lambda: service.logged("exporting to Application Insights"))
        yield service


def spans(endpoint: Ingestion, status: int) -> list[dict[str, Any]]:
    found = endpoint.of("RequestData")
    return [span for span in found if span["name"] == "POST /score" and span["responseCode"] == str(status)]


def test_a_request_is_a_span_below_its_callers(exporting: Service, endpoint: Ingestion) -> None:
    assert exporting.score(ONE, traceparent=f"00-{TRACE}-{SPAN}-01").status == 200
    wait_until(lambda: spans(endpoint, 200))
    said = spans(endpoint, 200)[0]["properties"]

    assert (said["retail.series"], said["retail.horizon"]) == ("1", "5")
    assert (said["retail.slot"], said["retail.name"], said["retail.version"]) == ("green", "retail-forecast", "7")
    tags = [envelope["tags"] for envelope in endpoint.envelopes if envelope["data"]["baseType"] == "RequestData"]
    assert any(tag.get("ai.operation.id") == TRACE and tag.get("ai.operation.parentId") == SPAN for tag in tags)
    assert {tag["ai.cloud.role"] for tag in tags} == {"retail-forecast-green"}


def test_metrics_are_sent_with_their_labels(exporting: Service, endpoint: Ingestion) -> None:
    exporting.score({"series": []})

    def sent(name: str, **labels: str) -> bool:
        return any(
            metric["metrics"][0]["name"] == name and labels.items() <= metric.get("properties", {}).items()
            for metric in endpoint.of("MetricData")
        )

    wait_until(lambda: sent("retail_requests_total", route="/score", status="422"))
    wait_until(lambda: sent("retail_forecast_series_total"))
    wait_until(lambda: sent("retail_request_duration_seconds", route="/score"))
    wait_until(lambda: sent("process_resident_memory_bytes", worker="0"))


def test_a_wrong_connection_string_is_one_warning_and_forecasts_are_answered(model_dir: Path) -> None:
    wrong = f"InstrumentationKey=not-{KEY}-a-key"
    with Service(model_dir, APPLICATIONINSIGHTS_CONNECTION_STRING=wrong, SERVING_DRAIN_SECONDS="0") as service:
        service.ready()
        wait_until(lambda: service.logged("nothing is exported"))
        assert service.score(ONE).status == 200
    assert len([line for line in service.log if line.get("level") == "WARNING"]) == 1
    assert KEY not in str(service.log)


@pytest.mark.parametrize("endpoint_is", ["gone", "silent"])
def test_an_endpoint_that_is_out_of_reach_costs_no_answer_and_shows_no_key(model_dir: Path, endpoint_is: str) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    string = f"InstrumentationKey={KEY};IngestionEndpoint=http://127.0.0.1:{listener.getsockname()[1]}/"
    if endpoint_is == "gone":
        listener.close()
    with Service(model_dir, **AT_ONCE, APPLICATIONINSIGHTS_CONNECTION_STRING=string) as service:
        service.ready()
        wait_until(lambda: service.logged("exporting to Application Insights"))
        if endpoint_is == "gone":
            wait_until(lambda: service.score(ONE).status == 200 and service.logged("Retrying"))
        else:
            service.score(ONE)
            listener.accept()  # something is being sent; it will never be answered
        assert [service.score(ONE).status for _ in range(3)] == [200] * 3
    listener.close()
    assert service.process.returncode == 0
    assert len(service.logged("Retrying")) <= 1
    assert KEY not in str(service.log)


def test_a_request_that_failed_is_a_failed_span(endpoint: Ingestion, tmp_path: Path) -> None:
    settings = AT_ONCE | {"APPLICATIONINSIGHTS_CONNECTION_STRING": endpoint.connection_string}
    with Service(tmp_path, **settings) as service:
        wait_until(lambda: service.logged("exporting to Application Insights"))
        assert service.score(ONE).status == 503
        wait_until(lambda: spans(endpoint, 503))
    assert spans(endpoint, 503)[0]["success"] is False


def test_warnings_are_sent_as_log_records_and_lines_of_requests_are_not(
    exporting: Service, endpoint: Ingestion
) -> None:
    exporting.score(ONE)
    with socket.create_connection(("127.0.0.1", exporting.port)) as connection:
        connection.sendall(b"no HTTP at all\r\n\r\n")
        wait_until(lambda: "connection refused" in [message["message"] for message in endpoint.of("MessageData")])
    levels = {message["severityLevel"] for message in endpoint.of("MessageData")}
    assert "Information" not in {str(level) for level in levels}
    assert "request" not in [message["message"] for message in endpoint.of("MessageData")]


def test_without_a_connection_string_nothing_of_it_is_imported(model_dir: Path) -> None:
    program = (
        "import sys\nfrom serving.app import create_app\nfrom serving.settings import Settings\n"
        "create_app(Settings())\nprint(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    command = [sys.executable, "-c", program]
    imported = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.split()
    assert "serving" in imported
    assert not {"azure", "requests", "urllib3", "msal"} & set(imported)
