"""One small training with its report, for all tests that read it."""

from __future__ import annotations

import pytest

from tests.training.panels import make_panel
from tests.training.report.pages import Page
from training.artifact import Manifest
from training.options import TrainOptions
from training.pipeline import Training, train, write_artifact
from training.report import Report


@pytest.fixture(scope="session")
def training(tmp_path_factory: pytest.TempPathFactory) -> Training:
    folder = tmp_path_factory.mktemp("report")
    options = TrainOptions(data=folder, out_dir=folder, rows=3000, iterations=20)
    return train(make_panel(days=400), options)


@pytest.fixture(scope="session")
def manifest(training: Training, tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return write_artifact(tmp_path_factory.mktemp("artifact"), training, "0123abc")


@pytest.fixture(scope="session")
def report(training: Training, manifest: Manifest) -> Report:
    return Report.of(training, manifest)


@pytest.fixture(scope="session")
def page(report: Report) -> Page:
    return Page(report.html)
