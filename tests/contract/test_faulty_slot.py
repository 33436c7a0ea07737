"""A slot that fails on purpose, and what keeps a release from it: the smoke test, the status, the way back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from retailctl.domain.traffic import Traffic
from retailctl.emulator import LocalWorkspace
from retailctl.errors import SmokeTestFailed
from retailctl.workflows.register import RegisterRequest, register
from retailctl.workflows.release import ReleaseRequest, release
from retailctl.workflows.rollback import RollbackRequest, rollback
from retailctl.workflows.shift import ShiftRequest, shift
from retailctl.workflows.status import StatusRequest, status
from retailctl.workflows.toolbox import Toolbox
from retailctl.workflows.train import TrainRequest, train
from tests.contract.polling import until
from tests.contract.released import QUICK, make_panel, make_project, make_tools, runners, traffic

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a small panel."""
    folder = make_project(tmp_path_factory.mktemp("project"))
    make_panel(folder)
    return folder


@pytest.fixture(scope="module")
def server(project: Path) -> Iterator[LocalWorkspace]:
    with LocalWorkspace(runners=runners(project)) as running:
        yield running


@pytest.fixture(scope="module")
def tools(server: LocalWorkspace, project: Path) -> Iterator[Toolbox]:
    """An operator whose first release serves from blue, and whose second model is about to go to green."""
    tools = make_tools(server, project, project / "data")
    release(tools, ReleaseRequest(sets=QUICK))
    train(tools, TrainRequest(sets=("iterations=6", *QUICK[1:])))
    register(tools, RegisterRequest())
    yield tools
    tools.workspace.close()


@pytest.fixture(autouse=True)
def as_before(server: LocalWorkspace) -> Iterator[None]:
    yield
    server.faults.clear()


def _failures(tools: Toolbox, slot: str) -> float:
    """A minute, as the status tells them."""
    (found,) = (each for each in status(tools, StatusRequest()).slots if each.name == slot)
    return (found.error_rate or 0) * (found.requests_per_minute or 0)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 424, "model_status": 500},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 408},
    ],
)
def test_a_release_to_a_faulty_slot_ends_with_the_traffic_where_it_was(
    tools: Toolbox, server: LocalWorkspace, fault: dict[str, object]
) -> None:
    server.faults.add(**{**fault, "endpoint": tools.settings.endpoint_name, "slot": "green", "count": None})  # type: ignore[arg-type]
    with pytest.raises(SmokeTestFailed, match="green") as failed:
        release(tools, ReleaseRequest(from_step="deploy"))
    assert failed.value.details["step"] == "deploy"
    assert traffic(tools) == {"blue": 100}


def test_the_status_tells_a_slot_s_faulty_share_and_the_way_back_ends_it(
    tools: Toolbox, server: LocalWorkspace
) -> None:
    release(tools, ReleaseRequest(from_step="deploy"))
    shift(tools, ShiftRequest(Traffic.parse(["blue=100"])))
    shift(tools, ShiftRequest(Traffic.parse(["blue=50", "green=50"])))
    endpoint = tools.settings.endpoint_name
    green = {"endpoint": endpoint, "slot": "green", "count": None, "probability": 0.5, "seed": 7}
    server.faults.add("status", status=424, model_status=503, **green)
    before = {slot: _failures(tools, slot) for slot in ("blue", "green")}
    client = tools.workspace.scoring(endpoint)
    answers = [client.score(b'{"series": []}').model_status for _ in range(100)]
    client.close()
    assert 15 <= answers.count(503) <= 35
    until(lambda: _failures(tools, "green") > before["green"])
    assert _failures(tools, "blue") == before["blue"]
    rollback(tools, RollbackRequest())
    assert traffic(tools) == {"blue": 100}
