"""One real model for all tests, trained once on a small sample, and one service that holds it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.model import Model, open_model
from tests.serving.process import CHECKOUT, Service
from training.datasets.sample import SampleOptions, write_sample

TRAIN = ("--iterations", "60", "--rows", "20000", "--backtest_origins", "1", "--workers", "1")


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow model folder, as the platform mounts a registered model."""
    data = tmp_path_factory.mktemp("data")
    write_sample(data, SampleOptions(stores=2, items=8))
    folder = tmp_path_factory.mktemp("mount") / "retail-forecast" / "7"
    trained = subprocess.run(
        [sys.executable, "training/train.py", "--data", str(data), "--out_dir", str(folder), *TRAIN],
        cwd=CHECKOUT,
        env={name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert trained.returncode == 0, trained.stderr
    return folder


@pytest.fixture(scope="session")
def model(model_dir: Path) -> Model:
    """The same model, opened in this process."""
    return open_model(model_dir, max_series=100)


@pytest.fixture(scope="session")
def service(model_dir: Path) -> Iterator[Service]:
    with Service(model_dir, SERVING_MAX_SERIES="100", SERVING_DRAIN_SECONDS="0", SERVING_SLOT="blue") as service:
        yield service.ready()
