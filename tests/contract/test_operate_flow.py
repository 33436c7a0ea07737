"""The operate side on a real local Azure ML: what the workflows say is what a caller of the endpoint sees."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from retailctl.domain.traffic import Traffic
from retailctl.errors import InvalidInput, JobFailed, ResourceNotFound, WorkFailed, WrongState
from retailctl.workflows.catalogue import endpoints, environments, models
from retailctl.workflows.cleanup import CleanupRequest, cleanup
from retailctl.workflows.doctor import diagnose
from retailctl.workflows.events import LogLine
from retailctl.workflows.invoke import Body, InvokeRequest, InvokeResult, invoke
from retailctl.workflows.jobs import (
    DownloadJob,
    ListJobs,
    StreamJob,
    cancel_job,
    download_job,
    job_logs,
    list_jobs,
    show_job,
    stream_job,
)
from retailctl.workflows.logs import LogsRequest, logs
from retailctl.workflows.rollback import RollbackRequest, rollback
from retailctl.workflows.shift import ShiftRequest, shift
from retailctl.workflows.split import SplitChange
from retailctl.workflows.status import StatusRequest, status
from tests.contract.operated import NAME, Operated, operated

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    """Blue serves version 1, green version 2; blue takes everything when a test begins."""
    with operated(tmp_path_factory.mktemp("operated")) as place:
        place.endpoint()
        place.slot("blue", place.model("one"))
        place.slot("green", place.model("two"))
        yield place


@pytest.fixture(autouse=True)
def blue_is_live(place: Operated) -> None:
    to(place, "blue=100 green=0")


def to(place: Operated, line: str) -> SplitChange:
    return shift(place.tools, ShiftRequest(Traffic.parse([line])))


def send(place: Operated, text: str | None = None, **rest: object) -> InvokeResult:
    body = Body(text.encode(), "test") if text else None
    return invoke(place.tools, InvokeRequest(body, **rest))  # type: ignore[arg-type]


def test_an_empty_workspace_has_a_status_and_is_healthy(tmp_path: Path) -> None:
    with operated(tmp_path) as empty:
        shown = status(empty.tools, StatusRequest())
        assert (shown.endpoint, [each.command for each in shown.advice]) == (None, ["retailctl release --data DIR"])
        result = diagnose(lambda: empty.tools)
        assert result.healthy, result.findings


def test_the_answering_slots_follow_the_split(place: Operated) -> None:
    assert send(place, repeat=5).slots == {"blue": 5}
    to(place, "blue=0 green=100")
    assert send(place, repeat=5).slots == {"green": 5}
    to(place, "blue=50 green=50")
    shared = send(place, repeat=40).slots
    assert set(shared) == {"blue", "green"}


def test_the_sample_of_the_slots_own_model_is_sent(place: Operated) -> None:
    result = send(place, slot="green")
    assert result.source == "the sample of model retail-forecast:2"
    assert isinstance(result.answer, dict)
    assert result.answer["model"] == ["two.txt"]


def test_rollback_from_another_process_restores_the_split_and_a_second_returns(place: Operated) -> None:
    to(place, "blue=10 green=90")
    other = place.another()
    assert rollback(other, RollbackRequest()).after.traffic == {"blue": 100}
    assert rollback(place.tools, RollbackRequest()).after.traffic == {"blue": 10, "green": 90}
    assert place.tools.workspace.endpoints.get(NAME).tags["team"] == "retail"
    other.workspace.close()


def test_two_processes_that_shift_at_once_lose_no_tag_and_no_share(place: Operated) -> None:
    tools = [place.another() for _ in range(2)]
    failures: list[Exception] = []

    def change(index: int) -> None:
        for share in range(10, 60, 10):
            split = Traffic({"blue": 100 - share, "green": share} if index else {"blue": share, "green": 100 - share})
            try:
                shift(tools[index], ShiftRequest(split))
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=change, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    endpoint = place.tools.workspace.endpoints.get(NAME)
    assert endpoint.traffic.total == 100
    assert endpoint.tags["team"] == "retail"
    assert all(isinstance(failure, WrongState | ResourceNotFound) or failure.exit_code == 5 for failure in failures)  # type: ignore[attr-defined]
    for each in tools:
        each.workspace.close()


def test_a_mirror_is_set_and_ended(place: Operated) -> None:
    shift(place.tools, ShiftRequest(mirror=Traffic({"green": 20})))
    assert status(place.tools, StatusRequest()).slots[1].mirror == 20
    change = to(place, "blue=50 green=50")
    assert not change.after.mirror.live


def test_the_models_refusal_and_its_failure_are_told_apart(place: Operated) -> None:
    with pytest.raises(InvalidInput) as refused:
        send(place, '{"series": []}')
    assert refused.value.reason == "series is empty"
    with pytest.raises(WorkFailed) as failed:
        send(place, '{"series": [{"item_id": "crash"}]}')
    assert failed.value.reason == "out of luck"
    assert failed.value.hint.startswith("retailctl logs")


def test_status_shows_models_slots_and_the_way_back(place: Operated) -> None:
    to(place, "blue=0 green=100")
    shown = status(place.tools, StatusRequest())
    assert shown.endpoint is not None
    assert (shown.endpoint.state, shown.endpoint.previous) == ("Succeeded", "blue=100 green=0")
    assert [(slot.model, slot.traffic, slot.state) for slot in shown.slots] == [
        ("retail-forecast:1", 0, "Succeeded"),
        ("retail-forecast:2", 100, "Succeeded"),
    ]
    assert [version.served_by for version in shown.models[-2:]] == [("green",), ("blue",)]


def test_figures_count_requests_and_failures_of_a_slot(place: Operated) -> None:
    send(place, slot="green", repeat=8)
    with pytest.raises(WorkFailed):
        send(place, '{"series": [{"item_id": "crash"}]}', slot="green", repeat=2)
    green = status(place.tools, StatusRequest(window_s=3600)).slots[1]
    assert green.requests_per_minute
    assert green.error_rate is not None
    assert 0 < green.error_rate < 1
    assert green.p95_ms


def test_logs_are_followed_line_by_line(place: Operated) -> None:
    send(place, '{"series": [{"item_id": "before"}]}', slot="green")
    stream = logs(place.tools, LogsRequest(("green",), lines=1, follow=True, interval_s=0.1))
    assert next(stream).lines == ("forecast for before",)
    for item in ("first", "second"):
        send(place, f'{{"series": [{{"item_id": "{item}"}}]}}', slot="green")
    seen = [line for chunk in islice(stream, 1) for line in chunk.lines]
    assert seen == ["forecast for first", "forecast for second"]


def test_jobs_end_as_their_commands_do(place: Operated, tmp_path: Path) -> None:
    good = place.job("import os; print(6 * 7)")
    assert stream_job(place.tools, StreamJob(good, interval_s=0.1)).status == "Completed"
    assert LogLine(good, "42") in place.events
    assert "42" in list(job_logs(place.tools, good))
    bad = place.job("print(1); raise SystemExit(3)")
    with pytest.raises(JobFailed) as caught:
        stream_job(place.tools, StreamJob(bad, interval_s=0.1))
    assert caught.value.details["exitCode"] == 3
    assert show_job(place.tools, good).outputs == {"model_out": f"azureml://jobs/{good}/outputs/model_out"}
    assert {job.name for job in list_jobs(place.tools, ListJobs(status="failed")).jobs} == {bad}
    assert download_job(place.tools, DownloadJob(good, tmp_path)).files > 0


def test_a_job_is_cancelled_while_it_runs(place: Operated) -> None:
    name = place.job("import time; print(1, flush=True); time.sleep(600)")
    assert cancel_job(place.tools, name).status == "Canceled"
    with pytest.raises(JobFailed):
        stream_job(place.tools, StreamJob(name, interval_s=0.1))


def test_the_nouns_keep_what_slots_refer_to(place: Operated) -> None:
    tools = place.tools
    assert models.show_model(tools, "retail-forecast:1").served_by == (f"{NAME}/blue",)
    with pytest.raises(WrongState):
        models.delete_model(tools, "retail-forecast:1")
    spare = f"retail-forecast:{place.model('spare')}"
    assert models.archive_model(tools, spare).changed
    assert models.restore_model(tools, spare).changed
    assert models.delete_model(tools, spare).action == "deleted"
    with pytest.raises(ResourceNotFound):
        models.show_model(tools, spare)
    assert environments.list_environments(tools, environments.ListEnvironments()).environments is not None


def test_a_renewed_key_is_picked_up_by_the_next_request(place: Operated) -> None:
    before = endpoints.get_credentials(place.tools).revealed()
    endpoints.regenerate_key(place.tools, "primary")
    after = endpoints.get_credentials(place.tools).revealed()
    assert before["primaryKey"] != after["primaryKey"]
    assert before["secondaryKey"] == after["secondaryKey"]
    assert send(place).status == 200


def test_clean_up_keeps_live_slots_and_the_way_back_and_takes_the_rest(place: Operated) -> None:
    versions = [place.model(f"extra{number}") for number in range(3)]
    place.slot("grey", versions[0])
    to(place, "blue=0 green=100 grey=0")
    outcomes = cleanup(place.tools, CleanupRequest(keep=1, older_than_s=0.0, purge=True)).outcomes
    assert {each.outcome for each in outcomes} == {"done"}
    left = {slot.name for slot in place.tools.workspace.deployments.list(NAME)}
    assert left == {"blue", "green"}
    kept = {version.version for version in place.tools.workspace.models.list("retail-forecast", archived=True)}
    assert kept == {1, 2, versions[-1]}
    assert send(place).slot == "green"
    rollback(place.tools, RollbackRequest())
    assert send(place).slot == "blue"


def test_an_endpoint_is_deleted_with_its_slots(tmp_path: Path) -> None:
    with operated(tmp_path) as place:
        place.endpoint()
        place.slot("blue", place.model("one"))
        endpoints.delete_endpoint(place.tools, endpoints.DeleteEndpoint())
        assert endpoints.list_endpoints(place.tools) == ()
