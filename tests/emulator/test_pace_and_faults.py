"""Faults and pace on request, so that clients' waits and retries can be tested."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from retailctl.emulator import LocalWorkspace
from tests.contract.polling import until
from tests.emulator import bodies
from tests.emulator.api import Api


@pytest.fixture(autouse=True)
def as_before(api: Api) -> Iterator[None]:
    yield
    api.call("DELETE", "/_local/faults")
    api.call("DELETE", "/_local/chaos")
    api.call("PUT", "/_local/pace", json={"pace": "immediate"})


def _fault(api: Api, **body: object) -> requests.Response:
    return api.call("POST", "/_local/faults", json=body)


def _pace(api: Api, **body: object) -> requests.Response:
    return api.call("PUT", "/_local/pace", json=body)


def _waiting(api: Api) -> list[tuple[str, str]]:
    found = api.call("GET", "/_local/transitions").json()["value"]
    return [(each["transition"], each["resource"]) for each in found]


def _waits_alone(api: Api, transition: str, resource: str) -> bool:
    return _waiting(api) == [(transition, resource)]


def test_the_next_requests_are_throttled_and_then_no_more(api: Api) -> None:
    _fault(api, kind="status", status=429, retry_after_s=2, path="/jobs", count=2)
    answers = [api.arm("GET", "/jobs") for _ in range(3)]
    assert [each.status_code for each in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "2"


def test_a_fault_meets_only_what_it_names(api: Api) -> None:
    _fault(api, kind="status", status=503, method="PUT", path="/jobs/")
    assert api.arm("GET", "/jobs").status_code == 200
    assert api.arm("PUT", "/jobs/any", json={}).status_code == 503


def test_a_fault_names_an_operation_as_the_published_description_does(api: Api) -> None:
    _fault(api, kind="status", status=500, operation="ModelContainers_List", count=None)
    assert [api.arm("GET", path).status_code for path in ("/models", "/jobs", "/models")] == [500, 200, 500]
    assert _fault(api, kind="drop", operation="Models_Nothing").status_code == 400


def test_a_fault_can_begin_late_and_strike_by_chance_the_same_way_each_time(api: Api) -> None:
    _fault(api, kind="status", path="/jobs", after=2)
    assert [api.arm("GET", "/jobs").status_code for _ in range(4)] == [200, 200, 503, 200]
    runs = []
    for _ in range(2):
        _fault(api, kind="status", path="/jobs", count=None, probability=0.5, seed=4)
        runs.append([api.arm("GET", "/jobs").status_code for _ in range(20)])
        api.call("DELETE", "/_local/faults")
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 503}


@pytest.mark.parametrize(("when", "done"), [("before", False), ("middle", True), ("after", True)])
def test_a_dropped_connection_gives_no_answer_and_the_work_is_done_or_not(api: Api, when: str, done: bool) -> None:
    name = f"dropped-{when}"
    _fault(api, kind="drop", when=when, operation="ModelContainers_CreateOrUpdate")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        api.arm("PUT", f"/models/{name}", json={"properties": {}})
    assert (api.arm("GET", f"/models/{name}").status_code == 200) is done


def test_a_delayed_answer_comes_late(api: Api) -> None:
    _fault(api, kind="delay", delay_s=0.5, path="/jobs")
    assert api.arm("GET", "/jobs").elapsed.total_seconds() >= 0.5


def test_a_trickled_answer_comes_in_pieces_and_whole(api: Api) -> None:
    expected = api.arm("GET", "/computes").json()
    size = len(api.arm("GET", "/computes").content)
    _fault(api, kind="trickle", bytes_per_s=size * 2, path="/computes")
    with api.session.get(
        f"{api.url}{api.workspace}/computes", params={"api-version": "2024-04-01"}, stream=True, timeout=30
    ) as answer:
        first = answer.raw.read1(size, decode_content=False)
        rest = answer.raw.read(decode_content=False)
    assert 0 < len(first) < size
    assert json.loads(first + rest) == expected


def test_an_operation_fails_with_the_code_that_was_asked_for(api: Api) -> None:
    _fault(api, kind="fail", transition="endpoint.write", resource="doomed", code="OutOfCapacity", message="no room")
    ended = api.done(api.arm("PUT", "/onlineEndpoints/doomed", json=bodies.endpoint()))
    assert (ended["status"], ended["error"]["code"]) == ("Failed", "OutOfCapacity")
    assert api.arm("GET", "/onlineEndpoints/doomed").json()["properties"]["provisioningState"] == "Failed"
    again = api.done(api.arm("PUT", "/onlineEndpoints/doomed", json=bodies.endpoint()))
    assert again["status"] == "Succeeded"


def test_a_job_fails_with_the_code_that_was_asked_for(api: Api, train: str) -> None:
    _fault(api, kind="fail", transition="job.queue", resource="unlucky", code="QuotaExceeded")
    api.arm("PUT", "/jobs/unlucky", json=bodies.job(train, "true"))
    until(lambda: api.arm("GET", "/jobs/unlucky").json()["properties"]["status"] == "Failed")


def test_polls_are_lost_while_the_work_is_done(api: Api) -> None:
    answer = api.arm("PUT", "/onlineEndpoints/polled", json=bodies.endpoint())
    _fault(api, kind="status", status=404, operation="Operations_GetStatus", count=2)
    polls = [api.session.get(answer.headers["Azure-AsyncOperation"], timeout=30).status_code for _ in range(3)]
    assert polls == [404, 404, 200]
    until(lambda: api.arm("GET", "/onlineEndpoints/polled").json()["properties"]["provisioningState"] == "Succeeded")


def test_faults_are_listed_and_taken_back(api: Api) -> None:
    made = _fault(api, kind="status", status=500, path="/jobs").json()
    assert [each["id"] for each in api.call("GET", "/_local/faults").json()["value"]] == [made["id"]]
    assert api.call("DELETE", f"/_local/faults/{made['id']}").status_code == 204
    assert api.arm("GET", "/jobs").status_code == 200
    assert api.call("DELETE", "/_local/faults/ghost").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "explode"},
        {"kind": "status", "path": "("},
        {"kind": "status", "staus": 500},
        {"kind": "delay", "status": 500},
        {"kind": "drop", "when": "later"},
        {"kind": "drop", "count": 0},
        {"kind": "stuck"},
        {"kind": "fail", "resource": "x", "transition": "job.fly"},
        {"kind": "status", "probability": 2},
    ],
)
def test_a_fault_without_meaning_is_refused(api: Api, body: dict[str, Any]) -> None:
    assert _fault(api, **body).status_code == 400
    assert api.call("GET", "/_local/faults").json()["value"] == []


def test_the_pace_is_changed_and_told(api: Api) -> None:
    _pace(api, pace="realistic")
    assert api.call("GET", "/_local/status").json()["pace"] == "realistic"
    assert api.call("GET", "/_local/pace").json()["transitions"]["deployment.write"] == 60


@pytest.mark.parametrize(
    "body",
    [
        {"pace": "hurried"},
        {"pace": "timed", "transitions": {"job.fly": 1}},
        {"pace": "timed", "transitions": {"job.queue": -1}},
        {"pace": "realistic", "transitions": {"job.queue": 1}},
        {"pace": "timed", "seconds": 1},
    ],
)
def test_a_pace_without_meaning_is_refused(api: Api, body: dict[str, Any]) -> None:
    assert _pace(api, **body).status_code == 400
    assert api.call("GET", "/_local/pace").json()["pace"] == "immediate"


def test_a_realistic_operation_asks_to_be_polled_slowly(api: Api) -> None:
    _pace(api, pace="realistic")
    answer = api.arm("PUT", "/onlineEndpoints/slow-shop", json=bodies.endpoint())
    assert answer.headers["Retry-After"] == "10"
    assert api.session.get(answer.headers["Azure-AsyncOperation"], timeout=30).json()["status"] == "InProgress"


def test_a_timed_transition_waits_and_a_change_of_pace_lets_it_go_on(api: Api) -> None:
    _pace(api, pace="timed", transitions={"endpoint.write": 3600})
    answer = api.arm("PUT", "/onlineEndpoints/timed-shop", json=bodies.endpoint())
    until(lambda: _waiting(api) == [("endpoint.write", "timed-shop")])
    _pace(api, pace="immediate")
    assert api.done(answer)["status"] == "Succeeded"


def test_by_hand_every_transition_waits_for_its_step(api: Api, train: str) -> None:
    _pace(api, pace="manual")
    api.arm("PUT", "/jobs/stepped", json=bodies.job(train, "true"))
    answer = api.arm("PUT", "/onlineEndpoints/stepped-shop", json=bodies.endpoint())
    until(lambda: set(_waiting(api)) == {("job.prepare", "stepped"), ("endpoint.write", "stepped-shop")})
    assert api.call("POST", "/_local/transitions/endpoint.write/step").status_code == 200
    assert api.done(answer)["status"] == "Succeeded"
    for expected in ("job.prepare", "job.queue", "job.finalize"):
        until(partial(_waits_alone, api, expected, "stepped"))
        assert api.call("POST", "/_local/transitions/step").json()["value"][0]["transition"] == expected
    until(lambda: api.arm("GET", "/jobs/stepped").json()["properties"]["status"] == "Completed")
    assert api.call("POST", "/_local/transitions/job.queue/step").status_code == 404


def test_a_job_that_waits_for_its_step_can_be_cancelled(api: Api, train: str) -> None:
    _pace(api, pace="manual")
    api.arm("PUT", "/jobs/given-up", json=bodies.job(train, "true"))
    until(lambda: _waiting(api) == [("job.prepare", "given-up")])
    api.arm("POST", "/jobs/given-up/cancel")
    until(lambda: ("job.cancel", "given-up") in _waiting(api))
    api.call("POST", "/_local/transitions/job.cancel/step")
    until(lambda: api.arm("GET", "/jobs/given-up").json()["properties"]["status"] == "Canceled")
    assert _waiting(api) == []


def test_the_pace_is_kept_and_faults_are_not(tmp_path: Path) -> None:
    with LocalWorkspace(tmp_path, pace="manual") as workspace:
        api = Api.of(workspace)
        _fault(api, kind="drop")
        _pace(api, pace="timed", transitions={"job.queue": 2})
    with LocalWorkspace(tmp_path) as workspace:
        api = Api.of(workspace)
        assert api.call("GET", "/_local/pace").json()["transitions"]["job.queue"] == 2
        assert api.call("GET", "/_local/faults").json()["value"] == []


def test_a_fault_that_nobody_waits_for_does_not_keep_the_server_from_ending() -> None:
    with LocalWorkspace() as workspace:
        api = Api.of(workspace)
        _fault(api, kind="delay", delay_s=600, path="/jobs")
        caller = threading.Thread(target=_ignoring_loss, args=[Api.of(workspace)], daemon=True)
        caller.start()
        until(lambda: api.call("GET", "/_local/faults").json()["value"] == [])
    caller.join(30)
    assert not caller.is_alive()


def _ignoring_loss(api: Api) -> None:
    with contextlib.suppress(requests.RequestException):
        api.arm("GET", "/jobs")


def test_storage_refuses_in_its_own_words(api: Api) -> None:
    _fault(api, kind="status", status=503, code="ServerBusy", path="^/local.blob")
    answer = api.call("GET", "/local.blob.core.local/azureml", params={"restype": "container", "comp": "list"})
    assert (answer.status_code, answer.headers["x-ms-error-code"]) == (503, "ServerBusy")
    assert "<Code>ServerBusy</Code>" in answer.text
