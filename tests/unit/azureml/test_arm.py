"""Requests, pages, retries and long-running operations of the ARM client."""

from __future__ import annotations

import pytest
from azure.core.exceptions import ServiceRequestError, ServiceResponseError, ServiceResponseTimeoutError

from retailctl.azureml.arm import API_VERSION, ArmClient, path_of
from retailctl.azureml.subject import Subject
from retailctl.domain.deadline import Deadline
from retailctl.errors import ServerFault, Throttled, Unreachable, WaitTimedOut, WorkFailed
from tests.unit.azureml.doubles import ScriptedTransport, SteppedClock, arm_error

JOB = Subject("job", "j1")
MONITOR = "https://arm.example/subscriptions/s/operations/1?api-version=x"


def settle(arm: ArmClient, *, seconds: float = 60) -> None:
    answer = arm.request("PUT", "/jobs/j1", JOB, body={})
    arm.settle(answer, JOB, Deadline.after(arm.clock, seconds), doing="creating", look="retailctl job show j1")


def test_a_request_goes_below_the_workspace_with_version_login_and_agent(
    arm: ArmClient, azure: ScriptedTransport
) -> None:
    azure.answers(200, {"name": "j1"})
    assert arm.get("/jobs/j1", JOB) == {"name": "j1"}
    sent = azure.sent[0]
    assert (sent.method, sent.path, sent.query) == ("GET", "/jobs/j1", {"api-version": API_VERSION})
    assert sent.headers["Authorization"] == "Bearer s3cr3t-token"
    assert sent.headers["User-Agent"].startswith("retailctl/")
    assert sent.headers["x-ms-client-request-id"]


def test_names_in_a_path_are_quoted() -> None:
    assert path_of("models", "a/b c", "versions", "1") == "/models/a%2Fb%20c/versions/1"


def test_a_missing_resource_is_found_to_be_none(arm: ArmClient, azure: ScriptedTransport) -> None:
    azure.answers(404, arm_error("NotFound", "no such job"))
    assert arm.find("/jobs/j1", JOB) is None


def test_pages_are_read_as_they_are_asked_for(arm: ArmClient, azure: ScriptedTransport) -> None:
    following = "https://arm.example/subscriptions/s/jobs?api-version=x&$skiptoken=2"
    azure.answers(200, {"value": [{"name": "a"}, {"name": "b"}], "nextLink": following})
    items = arm.pages("/jobs", JOB)
    assert [next(items)["name"], next(items)["name"]] == ["a", "b"]
    assert len(azure.sent) == 1
    azure.answers(200, {"value": [{"name": "c"}]})
    assert [item["name"] for item in items] == ["c"]
    assert azure.sent[1].url == following


def test_a_deletion_that_had_to_be_sent_again_is_not_missing_its_resource(
    arm: ArmClient, azure: ScriptedTransport
) -> None:
    azure.breaks(ServiceResponseError("the answer was lost")).answers(204).answers(404, arm_error("NotFound", "gone"))
    arm.delete("/jobs/j1", JOB, Deadline.after(arm.clock, 60), look="retailctl job list")


def test_a_throttled_request_waits_as_long_as_the_service_asks(
    arm: ArmClient, azure: ScriptedTransport, clock: SteppedClock
) -> None:
    azure.answers(429, arm_error("TooManyRequests", "slow down"), Retry_After="7").answers(200, {})
    arm.get("/jobs/j1", JOB)
    assert clock.slept == [7]


def test_a_long_pause_is_told_and_not_slept(arm: ArmClient, azure: ScriptedTransport, clock: SteppedClock) -> None:
    azure.answers(429, arm_error("TooManyRequests", "come back tomorrow"), Retry_After="86400")
    with pytest.raises(Throttled, match="fewer requests"):
        arm.get("/jobs/j1", JOB)
    assert clock.slept == []


def test_a_failing_service_is_asked_again_and_then_reported(arm: ArmClient, azure: ScriptedTransport) -> None:
    for _ in range(4):
        azure.answers(503, b"<html>secret stack</html>", x_ms_request_id="r-9")
    with pytest.raises(ServerFault) as caught:
        arm.get("/jobs/j1", JOB)
    assert caught.value.details == {"status": 503, "requestId": "r-9"}
    assert caught.value.reason is None


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_a_lost_answer_is_asked_for_again(arm: ArmClient, azure: ScriptedTransport, method: str) -> None:
    azure.breaks(ServiceResponseError("connection reset")).answers(200, {"name": "j1"})
    assert arm.request(method, "/jobs/j1", JOB).json()["name"] == "j1"


@pytest.mark.parametrize(
    ("error", "attempts", "words"),
    [
        (ServiceRequestError("connection refused"), 3, "no connection to arm.example"),
        (ServiceResponseTimeoutError("timed out"), 4, "arm.example did not answer in time"),
    ],
)
def test_a_service_that_stays_away_is_unreachable(
    arm: ArmClient, azure: ScriptedTransport, error: ServiceRequestError, attempts: int, words: str
) -> None:
    for _ in range(attempts):
        azure.breaks(error)
    with pytest.raises(Unreachable, match=words):
        arm.get("/jobs/j1", JOB)


def test_an_operation_is_followed_by_its_status(arm: ArmClient, azure: ScriptedTransport, clock: SteppedClock) -> None:
    azure.answers(201, {}, Azure_AsyncOperation=MONITOR)
    azure.answers(200, {"status": "InProgress"}, x_ms_retry_after_ms="250")
    azure.answers(200, {"status": "InProgress"}, Retry_After="3")
    azure.answers(200, {"status": "Succeeded"})
    settle(arm)
    assert clock.slept == [0.25, 3]
    assert [sent.url for sent in azure.sent[1:]] == [MONITOR] * 3


def test_an_operation_is_followed_by_its_location(arm: ArmClient, azure: ScriptedTransport) -> None:
    azure.answers(202, None, Location=MONITOR).answers(202).answers(204)
    settle(arm)
    assert len(azure.sent) == 3


def test_an_answer_without_a_monitor_is_the_end(arm: ArmClient, azure: ScriptedTransport) -> None:
    azure.answers(200, {}, Location="https://arm.example/somewhere")
    settle(arm)
    assert len(azure.sent) == 1


def test_pauses_grow_where_the_service_asks_for_none(
    arm: ArmClient, azure: ScriptedTransport, clock: SteppedClock
) -> None:
    azure.answers(201, {}, Azure_AsyncOperation=MONITOR)
    for _ in range(12):
        azure.answers(200, {"status": "Running"})
    azure.answers(200, {"status": "Succeeded"})
    settle(arm)
    assert clock.slept == sorted(clock.slept)
    assert clock.slept[0] < 0.5
    assert clock.slept[-1] == 5


def test_a_failed_operation_tells_what_the_service_said(arm: ArmClient, azure: ScriptedTransport) -> None:
    azure.answers(201, {}, Azure_AsyncOperation=MONITOR)
    azure.answers(200, {"status": "Failed", **arm_error("NoQuota", "no cores left")})
    with pytest.raises(WorkFailed, match="creating job 'j1' failed") as caught:
        settle(arm)
    assert caught.value.reason == "no cores left"


def test_an_operation_beyond_the_deadline_goes_on_without_us(
    arm: ArmClient, azure: ScriptedTransport, clock: SteppedClock
) -> None:
    azure.answers(201, {}, Azure_AsyncOperation=MONITOR)
    for _ in range(3):
        azure.answers(200, {"status": "InProgress"}, Retry_After="40")
    with pytest.raises(WaitTimedOut) as caught:
        settle(arm, seconds=60)
    assert caught.value.hint == "retailctl job show j1"
    assert clock.monotonic() == 60
