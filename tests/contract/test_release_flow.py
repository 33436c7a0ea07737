"""The write side of a release on a real local Azure ML: real jobs, real slots, the official SDK in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from retailctl.domain import tags
from retailctl.emulator import LocalWorkspace
from retailctl.errors import JobFailed, ResourceNotFound, WrongState
from retailctl.workflows.deploy import DeployRequest, deploy
from retailctl.workflows.events import LogLine
from retailctl.workflows.register import RegisterRequest, register
from retailctl.workflows.release import ReleaseRequest, ReleaseResult, release
from retailctl.workflows.toolbox import Toolbox
from retailctl.workflows.train import TrainRequest, train
from tests.contract.released import QUICK, make_panel, make_project, make_tools, runners, traffic

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with code of its own."""
    return make_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def data(project: Path) -> Path:
    """A small panel."""
    return make_panel(project)


@pytest.fixture(scope="module")
def server(project: Path) -> Iterator[LocalWorkspace]:
    with LocalWorkspace(runners=runners(project)) as running:
        yield running


@pytest.fixture(scope="module")
def tools(server: LocalWorkspace, project: Path, data: Path) -> Iterator[Toolbox]:
    tools = make_tools(server, project, data)
    yield tools
    tools.workspace.close()


@pytest.fixture(scope="module")
def first(tools: Toolbox) -> ReleaseResult:
    """The first release into an empty workspace."""
    return release(tools, ReleaseRequest(sets=QUICK))


def test_a_first_release_serves_a_forecast_from_blue(tools: Toolbox, first: ReleaseResult) -> None:
    assert (first.slot, first.model, traffic(tools)) == ("blue", "retail-forecast:1", {"blue": 100})
    slot = tools.workspace.deployments.get(tools.settings.endpoint_name, "blue")
    assert slot.tags[tags.MODEL] == first.model
    assert slot.tags[tags.JOB] == first.job
    assert "@sha256:" in slot.tags[tags.IMAGE]


def test_the_model_carries_where_it_comes_from(tools: Toolbox, first: ReleaseResult) -> None:
    version = tools.workspace.models.latest("retail-forecast")
    assert (version.text, version.type, version.job or version.tags[tags.JOB]) == (
        first.model,
        "mlflow_model",
        first.job,
    )
    assert {tags.DATA, tags.DATA_FINGERPRINT, tags.SAMPLE, f"{tags.METRIC}wape"} <= version.tags.keys()


def test_a_finished_release_resumes_to_nothing(tools: Toolbox, first: ReleaseResult) -> None:
    again = release(tools, ReleaseRequest(resume=True, sets=QUICK))
    assert {report.outcome for report in again.steps} == {"unchanged"}
    assert (again.job, again.model) == (first.job, first.model)


def test_a_plan_names_exactly_the_fields_that_would_differ(tools: Toolbox, first: ReleaseResult) -> None:
    assert deploy(tools, DeployRequest("blue", dry_run=True)).changes == ()
    sets = ("environment_variables.TEAM=a", "readiness_probe.period=5", "request_settings.request_timeout_ms=1500")
    plan = deploy(tools, DeployRequest("blue", sets=sets, force=True, dry_run=True))
    assert {(each.field, each.before, each.after) for each in plan.changes} == {
        ("environment_variables.TEAM", None, "a"),
        ("readiness_probe.period", "2", "5"),
        ("request_settings.request_timeout_ms", "60000", "1500"),
    }


def test_the_next_release_goes_to_green_from_another_machine(
    tools: Toolbox, first: ReleaseResult, server: LocalWorkspace, tmp_path: Path
) -> None:
    job = train(tools, TrainRequest((*QUICK, "seed=1"))).job
    other = make_tools(server, tmp_path)
    try:
        result = release(other, ReleaseRequest(from_step="register"))
        assert (result.job, result.slot) == (job, "green")
        assert result.model != first.model
        blue, green = other.workspace.deployments.list(other.settings.endpoint_name)
        assert green.tags[tags.IMAGE] == blue.tags[tags.IMAGE]
        assert traffic(other) == {"green": 100}
        with pytest.raises(WrongState, match="takes 100 %"):
            deploy(other, DeployRequest("green", first.model))
        assert deploy(other, DeployRequest("green")).outcome == "unchanged"
        assert deploy(other, DeployRequest("blue")).outcome == "updated"
        assert deploy(other, DeployRequest("blue")).outcome == "unchanged"
    finally:
        other.workspace.close()


def test_a_failing_script_fails_the_step_with_its_log_and_code(tools: Toolbox, first: ReleaseResult) -> None:
    told: list[str] = []
    watched = replace(tools, tell=lambda event: told.append(event.text) if isinstance(event, LogLine) else None)
    with pytest.raises(JobFailed) as caught:
        train(watched, TrainRequest(("horizon=0",)))
    assert any("horizon" in line for line in told)
    assert "retailctl job logs" in caught.value.hint
    failed = caught.value.details["job"]
    with pytest.raises(WrongState, match="Failed"):
        register(tools, RegisterRequest(str(failed)))


def test_an_absent_job_is_not_found(tools: Toolbox) -> None:
    with pytest.raises(ResourceNotFound):
        register(tools, RegisterRequest("never-was"))
