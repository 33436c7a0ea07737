"""A project and an operator for releases on a real local Azure ML: a small panel, a quick training, real slots."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from retailctl.azureml.workspace import Workspace
from retailctl.config.connection import Connection
from retailctl.config.project import Project
from retailctl.config.settings import Settings
from retailctl.domain.clock import SystemClock
from retailctl.emulator import LocalWorkspace
from retailctl.workflows.initialise import InitRequest, initialise
from retailctl.workflows.toolbox import Toolbox

QUICK = ("iterations=5", "backtest_origins=1", "workers=1")


def runners(code: Path) -> dict[str, object]:
    """What stands for the images: the code of a project, as processes."""
    common = {"folder": str(code), "environment": {"PYTHONPATH": str(code), "OMP_NUM_THREADS": "1"}}
    serve = ["{python}", "-m", "serving", "--port", "{port}"]
    return {
        "runners": [
            {"image": "*/retail/infer*", "command": serve, **common},
            {"image": "*/retail/train*", **common},
        ]
    }


def make_project(folder: Path) -> Path:
    """A project with code of its own."""
    tools = Toolbox(Settings(), Project(folder, None, folder / ".retailctl"), _no_workspace)
    initialise(tools, InitRequest(folder))
    return folder


def make_panel(project: Path) -> Path:
    """A small panel in a project, by the project's own code."""
    line = [sys.executable, "-m", "training.datasets.sample", "--out", "data"]
    subprocess.run([*line, "--stores", "2", "--items", "6", "--days", "400"], cwd=project, check=True)
    return project / "data"


def make_tools(server: LocalWorkspace, folder: Path, data: Path | None = None) -> Toolbox:
    """A machine of its own: a project folder, and a connection to the workspace."""
    clock = SystemClock()
    connection = Connection.from_local(server.connection)
    return Toolbox(
        settings=replace(Settings(), data=str(data) if data else None),
        project=Project(folder, None, folder / ".retailctl"),
        open_workspace=lambda: Workspace(connection, clock=clock),
        clock=clock,
    )


def traffic(tools: Toolbox) -> dict[str, int]:
    """The live split of the endpoint."""
    return tools.workspace.endpoints.get(tools.settings.endpoint_name).traffic.live


def _no_workspace() -> Workspace:
    raise AssertionError("a project is made without a workspace")
