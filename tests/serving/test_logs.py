"""One JSON line a request, joined to the platform's logs by its ids, with nothing in it that is private."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.serving.process import Service, wait_until

KEY = {"store_id": "north_1", "item_id": "GROCERY_001"}


def test_a_request_is_one_line_with_ids_status_latency_and_slot(service: Service) -> None:
    ids = {"x-request-id": "11-22", "x-ms-client-request-id": "mine"}
    answer = service.score({"series": [KEY], "horizon": 4}, **ids)
    wait_until(lambda: lines(service, "11-22"))
    (line,) = lines(service, "11-22")

    assert {name: answer.headers[name] for name in ids} == ids
    assert (
        line.items()
        >= {
            "level": "INFO",
            "message": "request",
            "method": "POST",
            "path": "/score",
            "status": 200,
            "slot": "blue",
            "series": 1,
            "horizon": 4,
            "x-ms-client-request-id": "mine",
        }.items()
    )
    assert line["duration_ms"] > 0


def test_a_refused_request_is_logged_with_its_code_and_field(service: Service) -> None:
    service.score({"series": [{"store_id": "north_1", "item_id": 3}]}, **{"x-request-id": "refused-1"})
    wait_until(lambda: lines(service, "refused-1"))

    assert (
        lines(service, "refused-1")[0].items()
        >= {"status": 422, "error": "invalid-value", "field": "series[0].item_id"}.items()
    )


def test_a_missing_or_unsafe_request_id_is_made_up(service: Service) -> None:
    made = [service.score({"series": [KEY]}).headers["x-request-id"] for _ in range(2)]
    unsafe = service.score({"series": [KEY]}, **{"x-request-id": 'a" b'}).headers["x-request-id"]

    assert len({*made, unsafe}) == 3
    assert all(len(name) == 32 for name in (*made, unsafe))


def test_bodies_and_keys_are_not_logged(service: Service) -> None:
    service.score({"series": [{"store_id": "private-store", "item_id": "x"}]}, authorization="Bearer private-key")
    service.score({"series": [KEY]}, **{"x-request-id": "last"})
    wait_until(lambda: lines(service, "last"))

    assert "private" not in str(service.log)


def test_probes_are_logged_only_for_debugging(model_dir: Path) -> None:
    with Service(model_dir, SERVING_LOG_LEVEL="DEBUG", SERVING_DRAIN_SECONDS="0").ready() as debugging:
        wait_until(lambda: any(line.get("path") == "/ready" for line in debugging.log))
    with Service(model_dir, SERVING_DRAIN_SECONDS="0").ready() as usual:
        usual.get("/version")
        wait_until(lambda: any(line.get("path") == "/version" for line in usual.log))
        assert not any(line.get("path") == "/ready" for line in usual.log)


def lines(service: Service, request_id: str) -> list[dict[str, Any]]:
    return [line for line in list(service.log) if line.get("x-request-id") == request_id]
