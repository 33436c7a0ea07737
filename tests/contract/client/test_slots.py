"""Our client deploys, asks, watches and deletes slots of a real local Azure ML."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from retailctl.azureml import Workspace
from retailctl.azureml.endpoints import EndpointEdit
from retailctl.azureml.scoring import ScoringClient
from retailctl.domain.clock import SystemClock
from retailctl.domain.deadline import Deadline, poll
from retailctl.domain.traffic import Traffic
from retailctl.errors import DeploymentFailed, ResourceNotFound, RetailctlError, WrongState
from tests.contract.client import files

pytestmark = pytest.mark.contract

NAME = files.ENDPOINT


@pytest.fixture(scope="module")
def live(shared: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """An endpoint with blue at 100 % and green beside it."""
    folder = tmp_path_factory.mktemp("slots")
    shared.endpoints.create(files.endpoint(folder, NAME))
    for slot in ("blue", "green"):
        shared.deployments.apply(files.deployment(folder, NAME, slot, NAME))
    shared.endpoints.change(NAME, lambda now: EndpointEdit(traffic=Traffic({"blue": 100})))
    return shared


@pytest.fixture
def scoring(live: Workspace) -> Iterator[ScoringClient]:
    client = live.scoring(NAME)
    yield client
    client.close()


def answered_by(client: ScoringClient, slot: str | None = None) -> str:
    answer = client.score(b'{"x": 1}', slot=slot)
    assert answer.ok, answer.body
    return str(json.loads(answer.body)["slot"])


def test_a_slot_is_read_as_it_was_written(live: Workspace) -> None:
    blue = live.deployments.get(NAME, "blue")
    assert (blue.state, blue.model, blue.environment) == ("Succeeded", f"{NAME}:1", "retail-infer:1")
    assert (blue.instance_type, blue.instance_count, blue.image) == ("Standard_DS3_v2", 1, files.IMAGE)
    assert [slot.name for slot in live.deployments.list(NAME)] == ["blue", "green"]


def test_a_named_slot_answers_past_the_split_and_the_next_call_does_not(scoring: ScoringClient) -> None:
    assert [answered_by(scoring, slot) for slot in ("green", None, "green", None)] == ["green", "blue"] * 2


def test_the_model_is_where_the_container_is_told(scoring: ScoringClient) -> None:
    folder = json.loads(scoring.score(b"{}").body)["model_dir"]
    assert folder.endswith(f"/{NAME}/1")


def test_what_the_container_refuses_is_424_with_its_own_status_and_body(scoring: ScoringClient) -> None:
    answer = scoring.score(b'{"status": 422}', slot="green")
    assert (answer.status, answer.model_status) == (424, 422)
    assert json.loads(answer.body)["asked"] == {"status": 422}


def test_a_slot_that_is_not_there_is_told(scoring: ScoringClient) -> None:
    with pytest.raises(ResourceNotFound, match=f"endpoint '{NAME}' has no slot 'purple'"):
        scoring.score(b"{}", slot="purple")


def test_a_renewed_key_does_not_stop_a_client(live: Workspace, scoring: ScoringClient) -> None:
    assert answered_by(scoring) == "blue"
    live.endpoints.regenerate_key(NAME, "primary")
    assert answered_by(scoring) == "blue"


def test_traffic_and_mirror_are_shown_once_the_change_returns(live: Workspace, scoring: ScoringClient) -> None:
    half = EndpointEdit(traffic=Traffic({"blue": 50, "green": 50}), mirror=Traffic())
    assert live.endpoints.change(NAME, lambda now: half).traffic == {"blue": 50, "green": 50}
    assert {answered_by(scoring) for _ in range(40)} == {"blue", "green"}
    back = EndpointEdit(traffic=Traffic({"blue": 100, "green": 0}), mirror=Traffic({"green": 10}))
    changed = live.endpoints.change(NAME, lambda now: back)
    assert (changed.traffic, changed.mirror) == ({"blue": 100}, {"green": 10})


def test_a_file_of_the_endpoint_leaves_its_split_alone(live: Workspace, tmp_path: Path) -> None:
    before = live.endpoints.get(NAME)
    after = live.endpoints.create(files.endpoint(tmp_path, NAME, description="again"))
    assert (after.traffic, after.mirror) == (before.traffic, before.mirror)


def test_logs_hold_what_the_container_said(live: Workspace, scoring: ScoringClient) -> None:
    scoring.score(b'{"marker": "m-4711"}', slot="green")

    def written() -> str | None:
        text = live.deployments.logs(NAME, "green", lines=50)
        return text if "m-4711" in text else None

    deadline = Deadline.after(SystemClock(), 10)
    tail = poll(written, deadline, interval_s=0.1, waiting_for="the line", look="")
    assert 'scored {"marker": "m-4711"}' in tail
    assert len(live.deployments.logs(NAME, "green", lines=1).splitlines()) == 1
    assert "Mount" in live.deployments.logs(NAME, "green", "storage-initializer")


def test_metrics_count_a_slots_requests_and_failures(live: Workspace, scoring: ScoringClient) -> None:
    for status in (200, 200, 422, 500):
        scoring.score(json.dumps({"status": status}).encode(), slot="green")
    since = datetime.now(UTC) - timedelta(minutes=5)
    figures = live.metrics.slot_metrics(NAME, "green", since, datetime.now(UTC) + timedelta(minutes=1))
    assert figures.requests >= 4
    assert figures.errors_4xx >= 1
    assert figures.errors_5xx >= 1
    assert figures.p50_ms is not None
    assert figures.p95_ms is not None


def test_a_slot_with_traffic_is_not_deleted(live: Workspace) -> None:
    with pytest.raises(WrongState, match="slot 'blue'"):
        live.deployments.delete(NAME, "blue")


def test_a_slot_without_traffic_is_gone_once_the_call_returns(shared: Workspace, tmp_path: Path) -> None:
    shared.endpoints.create(files.endpoint(tmp_path, "short-lived"))
    told: list[str] = []
    file = files.deployment(tmp_path, "short-lived", "blue", NAME)
    assert shared.deployments.apply(file, on_progress=told.append).state == "Succeeded"
    assert told[0] in ("Creating", "Updating")
    shared.deployments.delete("short-lived", "blue")
    assert shared.deployments.find("short-lived", "blue") is None


def test_a_slot_that_never_becomes_ready_shows_its_containers_last_words(shared: Workspace, tmp_path: Path) -> None:
    shared.endpoints.create(files.endpoint(tmp_path, "broken-slot"))
    file = files.deployment(tmp_path, "broken-slot", "blue", NAME, FAIL="1")
    with pytest.raises(DeploymentFailed, match="slot 'blue' of endpoint 'broken-slot' never became ready") as caught:
        shared.deployments.apply(file)
    assert "ImportError: no module named forecaster" in str(caught.value.details["log"])
    assert caught.value.reason
    assert shared.deployments.get("broken-slot", "blue").state == "Failed"


def test_a_slot_of_a_model_that_is_not_there_is_refused(shared: Workspace, tmp_path: Path) -> None:
    shared.endpoints.create(files.endpoint(tmp_path, "no-model"))
    with pytest.raises(RetailctlError) as caught:
        shared.deployments.apply(files.deployment(tmp_path, "no-model", "blue", "nothing-there"))
    assert "nothing-there" in f"{caught.value.message} {caught.value.reason}"


def test_a_slot_of_an_endpoint_that_is_not_there_is_refused(shared: Workspace, tmp_path: Path) -> None:
    with pytest.raises(ResourceNotFound):
        shared.deployments.apply(files.deployment(tmp_path, "nowhere", "blue", NAME))


def test_the_sdk_says_nothing_on_the_terminal(
    shared: Workspace, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shared.endpoints.create(files.endpoint(tmp_path, "silent"))
    shared.models.create(files.model(tmp_path, "silent"))
    shared.deployments.apply(files.deployment(tmp_path, "silent", "blue", "silent"))
    assert capfd.readouterr() == ("", "")
