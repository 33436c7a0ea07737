"""Faults and pace on request, so that clients' waits and retries can be tested."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.emulator.api import Api


@pytest.fixture(autouse=True)
def no_faults_afterwards(api: Api) -> Iterator[None]:
    yield
    api.call("DELETE", "/_local/faults")
    api.call("PUT", "/_local/pace", json={"pace": "immediate"})


def _fault(api: Api, **body: object) -> requests.Response:
    return api.call("POST", "/_local/faults", json=body)


def test_the_next_requests_are_throttled_and_then_no_more(api: Api) -> None:
    _fault(api, kind="status", status=429, retry_after_s=2, path="/jobs", count=2)
    answers = [api.arm("GET", "/jobs") for _ in range(3)]
    assert [each.status_code for each in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "2"


def test_a_fault_meets_only_what_it_names(api: Api) -> None:
    _fault(api, kind="status", status=503, method="PUT", path="/jobs/")
    assert api.arm("GET", "/jobs").status_code == 200
    assert api.arm("PUT", "/jobs/any", json={}).status_code == 503


def test_a_dropped_connection_gives_no_answer(api: Api) -> None:
    _fault(api, kind="drop", path="/jobs")
    with pytest.raises(requests.ConnectionError):
        api.arm("GET", "/jobs")
    assert api.arm("GET", "/jobs").status_code == 200


def test_a_delayed_answer_comes_late(api: Api) -> None:
    _fault(api, kind="delay", delay_s=0.5, path="/jobs")
    assert api.arm("GET", "/jobs").elapsed.total_seconds() >= 0.5


def test_faults_are_listed_and_taken_back(api: Api) -> None:
    made = _fault(api, kind="status", status=500, path="/jobs").json()
    assert [each["id"] for each in api.call("GET", "/_local/faults").json()["value"]] == [made["id"]]
    assert api.call("DELETE", f"/_local/faults/{made['id']}").status_code == 204
    assert api.arm("GET", "/jobs").status_code == 200
    assert api.call("DELETE", "/_local/faults/ghost").status_code == 404


@pytest.mark.parametrize("body", [{"kind": "explode"}, {"kind": "status", "path": "("}, {"kind": "stuck"}])
def test_a_fault_without_meaning_is_refused(api: Api, body: dict[str, object]) -> None:
    assert _fault(api, **body).status_code == 400


def test_the_pace_is_changed_and_told(api: Api) -> None:
    api.call("PUT", "/_local/pace", json={"pace": "realistic"})
    assert api.call("GET", "/_local/status").json()["pace"] == "realistic"
    assert api.call("PUT", "/_local/pace", json={"pace": "hurried"}).status_code == 400


def test_a_realistic_operation_asks_to_be_polled_slowly(api: Api) -> None:
    api.call("PUT", "/_local/pace", json={"pace": "realistic"})
    answer = api.arm("PUT", "/onlineEndpoints/slow-shop", json={"location": "local", "properties": {"authMode": "Key"}})
    assert answer.headers["Retry-After"] == "10"
    assert api.session.get(answer.headers["Azure-AsyncOperation"], timeout=30).json()["status"] == "InProgress"
