"""One model trained as a job trains it, on the made-up retailer's sample, for all tests that ask it something."""

from __future__ import annotations

import os

# Before LightGBM is imported: small fits lose more to threads than they gain.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.once import made_once
from training.artifact import Artifact, load
from training.data import load_panel
from training.datasets.sample import SampleOptions, write_sample
from training.panel import Panel

ROOT = Path(__file__).resolve().parents[2]
QUICK = ("--iterations", "60", "--rows", "8000", "--seed", "3")
REVISION = "0123abc"
SAMPLE = SampleOptions(stores=2, items=8, days=500, future=28)


@dataclass(frozen=True)
class Job:
    """A finished training job."""

    data: Path
    out_dir: Path
    tracking_uri: str
    log: str


def environment(**more: str) -> dict[str, str]:
    """The variables of a child process: none of this machine's MLflow or Azure settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "AZUREML_", "PYTHON"))}
    return {**kept, "OMP_NUM_THREADS": "1", **more}


def run_train(*arguments: str | Path, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    """``python training/train.py ...`` as the training job runs it."""
    command = [sys.executable, str(ROOT / "training" / "train.py"), *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=environment(**variables), capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, SAMPLE)
    return folder


def finished(folder: Path) -> None:
    """The data, the model, the runs and the log of a finished job."""
    write_sample(folder / "data", SAMPLE)
    done = run_train(
        *("--data", folder / "data", "--out_dir", folder / "model", *QUICK),
        cwd=folder,
        MLFLOW_TRACKING_URI=(folder / "runs").as_uri(),
        RETAILCTL_CODE_REVISION=REVISION,
    )
    assert done.returncode == 0, done.stderr
    (folder / "log").write_text(done.stdout)


@pytest.fixture(scope="session")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    folder = made_once(tmp_path_factory, "job", finished)
    return Job(folder / "data", folder / "model", (folder / "runs").as_uri(), (folder / "log").read_text())


@pytest.fixture(scope="session")
def artifact(job: Job) -> Artifact:
    return load(job.out_dir / "artifact")


@pytest.fixture(scope="session")
def panel(job: Job) -> Panel:
    return load_panel(job.data)
