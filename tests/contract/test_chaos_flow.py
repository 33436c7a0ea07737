"""The whole release flow on a local Azure ML in chaos mode: refused, dropped and delayed, and done all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from retailctl.domain.traffic import Traffic
from retailctl.emulator import Chaos, LocalWorkspace
from retailctl.errors import RetailctlError
from retailctl.workflows.deploy import DeployRequest, deploy
from retailctl.workflows.release import ReleaseRequest, release
from retailctl.workflows.rollback import RollbackRequest, rollback
from retailctl.workflows.shift import ShiftRequest, shift
from retailctl.workflows.status import StatusRequest, status
from retailctl.workflows.toolbox import Toolbox
from tests.contract.released import QUICK, make_panel, make_project, make_tools, runners, traffic

pytestmark = pytest.mark.contract


@pytest.fixture(autouse=True)
def hurried_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    """The storage clients wait 15 s and more before they ask again; nothing else of them is changed."""
    from azure.storage.blob import ExponentialRetry

    monkeypatch.setattr(ExponentialRetry, "get_backoff_time", lambda *_: 0.01)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a small panel."""
    folder = make_project(tmp_path_factory.mktemp("project"))
    make_panel(folder)
    return folder


@pytest.fixture(params=[3, 4, 12])
def tools(request: pytest.FixtureRequest, project: Path) -> Iterator[Toolbox]:
    """An operator in front of a workspace where one request in ten goes wrong."""
    chaos = Chaos(seed=request.param, rate=0.1, retry_after_s=0.05)
    with LocalWorkspace(runners=runners(project), chaos=chaos) as server:
        tools = make_tools(server, project, project / "data")
        try:
            yield tools
        finally:
            tools.workspace.close()


def test_a_release_and_all_that_follows_survive_chaos(tools: Toolbox) -> None:
    first = release(tools, ReleaseRequest(sets=QUICK))
    assert (first.slot, traffic(tools)) == ("blue", {"blue": 100})
    assert deploy(tools, DeployRequest("green")).outcome == "created"
    shift(tools, ShiftRequest(Traffic.parse(["blue=30", "green=70"])))
    assert traffic(tools) == {"blue": 30, "green": 70}
    rollback(tools, RollbackRequest())
    assert traffic(tools) == {"blue": 100}
    assert status(tools, StatusRequest()).endpoint is not None
    assert len(tools.workspace.jobs.list()) == 1
    assert [each.version for each in tools.workspace.models.list("retail-forecast")] == [1]
    tools.workspace.deployments.delete(tools.settings.endpoint_name, "green")
    tools.workspace.endpoints.delete(tools.settings.endpoint_name)
    with pytest.raises(RetailctlError):
        tools.workspace.endpoints.get(tools.settings.endpoint_name)
