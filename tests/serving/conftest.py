"""One real model for all tests, trained once on a small sample, and one service that holds it.

A test that asks for ``service`` or ``serve`` runs twice: against a child process and against the inference image.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest

from serving.model import Model, open_model
from tests.once import made_once
from tests.serving.container import containers_of
from tests.serving.image import inference_image
from tests.serving.process import CHECKOUT, Child, Launch, Service
from training.datasets.sample import SampleOptions, write_sample

SHARED = {"SERVING_MAX_SERIES": "100", "SERVING_DRAIN_SECONDS": "0", "SERVING_SLOT": "blue"}
VERSION = Path("retail-forecast", "7")
TRAIN = ("--iterations", "60", "--rows", "20000", "--backtest_origins", "1", "--workers", "1")


def trained(mount: Path) -> None:
    """Registered models as the platform mounts them: one, in its seventh version."""
    data = mount / "data"
    write_sample(data, SampleOptions(stores=2, items=8))
    done = subprocess.run(
        [sys.executable, "training/train.py", "--data", str(data), "--out_dir", str(mount / VERSION), *TRAIN],
        cwd=CHECKOUT,
        env={name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow model folder, as the platform mounts a registered model."""
    return made_once(tmp_path_factory, "mount", trained) / VERSION


@pytest.fixture(scope="session")
def model(model_dir: Path) -> Model:
    """The same model, opened in this process."""
    return open_model(model_dir, max_series=100)


@pytest.fixture(scope="session")
def infer_image() -> Iterator[str]:
    """Tag of the inference image, built from this checkout; skips where that cannot be."""
    with inference_image() as tag:
        yield tag


@pytest.fixture(scope="session", params=["process", "container"])
def launch(request: pytest.FixtureRequest) -> Launch:
    """Each way of starting the service."""
    return Child if request.param == "process" else containers_of(request.getfixturevalue("infer_image"))


class Serve(Protocol):
    def __call__(self, model_dir: Path | None, **settings: str) -> Service: ...


@pytest.fixture(scope="session")
def serve(launch: Launch) -> Serve:
    """Starts a service of the test's own, in each way."""
    return partial(Service, launch=launch)


@pytest.fixture(scope="session")
def child(model_dir: Path) -> Iterator[Service]:
    with Service(model_dir, Child, **SHARED) as service:
        yield service.ready()


@pytest.fixture(scope="session")
def container(model_dir: Path, infer_image: str) -> Iterator[Service]:
    with Service(model_dir, containers_of(infer_image), **SHARED) as service:
        yield service.ready()


@pytest.fixture(scope="session")
def service(launch: Launch, request: pytest.FixtureRequest) -> Service:
    """Of each way the one that all tests share: a fixture of its own, since pytest ends one with parameters whenever
    they change, which is twice a file."""
    found: Service = request.getfixturevalue("child" if launch is Child else "container")
    return found
