"""Reading a workspace loads none of the packages that take seconds; a fresh interpreter tells."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
HEAVY = (
    "azure.ai.ml",
    "azure.identity",
    "azure.mgmt",
    "httpx",
    "lightgbm",
    "mlflow",
    "msal",
    "pandas",
    "requests",
    "sklearn",
    "yaml",
)

READ_A_WORKSPACE = """
import json, sys
from retailctl.azureml import Workspace
from tests.unit.azureml.doubles import CONNECTION, ScriptedTransport, SteppedClock, endpoint_resource

transport = ScriptedTransport(SteppedClock())
workspace = Workspace(CONNECTION, clock=SteppedClock(), transport=transport)
transport.answers(200, endpoint_resource()).answers(200, {"value": []}).answers(200, {"content": "line"})
workspace.endpoints.get("retail")
workspace.jobs.list()
workspace.deployments.logs("retail", "blue")
workspace.models, workspace.metrics, workspace.scoring
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture(scope="module")
def loaded() -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", READ_A_WORKSPACE], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    modules: list[str] = json.loads(done.stdout)
    return modules


def test_the_client_itself_is_loaded(loaded: list[str]) -> None:
    assert {"retailctl.azureml.arm", "azure.core", "urllib3"} <= set(loaded)


@pytest.mark.parametrize("package", HEAVY)
def test_reading_a_workspace_does_not_load(loaded: list[str], package: str) -> None:
    assert [name for name in loaded if name == package or name.startswith(f"{package}.")] == []
