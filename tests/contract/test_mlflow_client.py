"""MLflow's own client, in a process of its own, on the tracking address that the workspace tells the official SDK."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from retailctl.emulator import LocalWorkspace
from tests.contract.conftest import PROGRAMS

pytest.importorskip("mlflow", reason="MLflow is the judge here")
pytestmark = pytest.mark.contract


def test_experiments_runs_artifacts_and_models_come_back_and_a_model_knows_its_run(
    client: Any, workspace: LocalWorkspace
) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    environment |= {
        "MLFLOW_TRACKING_URI": client.workspaces.get().mlflow_tracking_uri,
        "MLFLOW_TRACKING_TOKEN": workspace.token,
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
        "REQUESTS_CA_BUNDLE": str(workspace.ca_bundle),
    }
    command = [sys.executable, str(PROGRAMS / "track.py")]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout.splitlines()[-1]) == {
        "experiment": "by-hand",
        "runs": 1,
        "params": {"horizon": "28"},
        "history": [0.3, 0.2, 0.1],
        "artifacts": ["model", "note.txt"],
        "note": "kept",
        "model": True,
        "linked": True,
    }
