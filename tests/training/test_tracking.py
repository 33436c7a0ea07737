"""What MLflow gets of a run: every figure, the report and its files, however many figures there are."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.training.conftest import Job
from tests.training.panels import make_panel
from training.options import TrainOptions
from training.pipeline import Training, train, write_artifact
from training.report import Report
from training.tracking import track
from training.tracking.points import metric_points


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Training:
    folder = tmp_path_factory.mktemp("tracked")
    (folder / "backtest.json").write_text("{}")
    return train(make_panel(days=200), TrainOptions(data=folder, out_dir=folder, rows=1000, iterations=3))


@pytest.fixture(scope="module")
def report(training: Training, tmp_path_factory: pytest.TempPathFactory) -> Report:
    return Report.of(training, write_artifact(tmp_path_factory.mktemp("artifact"), training, ""))


@pytest.fixture
def logged(job: Job) -> Path:
    """The folder of the artifacts that the finished job has logged."""
    (folder,) = Path(job.tracking_uri.removeprefix("file://")).glob("*/*/artifacts")
    return folder


def test_all_metrics_are_logged_and_followed_by_step_and_origin(training: Training) -> None:
    points = metric_points(training)
    assert {name: value for name, value, step in points if step == 0} == training.metrics
    rows = {(row.by, row.value): row for row in training.backtest.scores if row.method == "model"}
    assert [(value, step) for name, value, step in points if name == "step_wape"] == [
        (rows["step", str(step)].wape, step) for step in range(1, 29)
    ]
    origins = [str(training.windows.panel.dates[fold.origin]) for fold in training.backtest.folds]
    assert [(value, step) for name, value, step in points if name == "origin_wrmsse"] == [
        (rows["origin", origin].wrmsse, step) for step, origin in enumerate(origins, start=1)
    ]
    assert {"step_bias", "step_wape_seasonal_naive", "origin_wape_seasonal_naive"} <= {name for name, _, _ in points}


def test_figures_without_a_meaning_are_left_out(training: Training) -> None:
    folds = tuple(replace(fold, actual=fold.actual * 0) for fold in training.backtest.folds)
    points = metric_points(replace(training, backtest=replace(training.backtest, folds=folds)))
    assert "step_wape" not in {name for name, _, _ in points}


def test_the_report_in_mlflow_is_the_one_beside_the_model(job: Job, logged: Path) -> None:
    for name in ("report.html", "backtest.json"):
        assert (logged / name).read_bytes() == (job.out_dir / name).read_bytes()


def test_drawings_and_importance_are_files_of_their_own(logged: Path) -> None:
    for file in (logged / "plots").iterdir():
        assert ElementTree.parse(file).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    with (logged / "feature_importance.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert sum(float(row["share_of_gain"]) for row in rows) == pytest.approx(1)
    assert len(rows) == len({row["feature"] for row in rows}) > 20


def test_more_figures_than_a_request_holds_are_all_logged(
    training: Training,
    report: Report,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import mlflow

    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri((tmp_path / "runs").as_uri())
    many = replace(training, metrics={f"figure_{number}": float(number) for number in range(1200)})
    try:
        track(many, "0123abc", report)
        (run,) = mlflow.search_runs(search_all_experiments=True, output_format="list")
    finally:
        mlflow.set_tracking_uri(None)
    assert "warning" not in capsys.readouterr().err
    assert {name for name in run.data.metrics if name.startswith("figure_")} == set(many.metrics)
    assert run.data.params.keys() == {*map(str, training.options.logged()), "n_series", "origin"}


def test_the_job_writes_the_report_without_a_tracking_server(job: Job) -> None:
    metrics = json.loads((job.out_dir / "metrics.json").read_text())
    html = (job.out_dir / "report.html").read_text(encoding="utf-8")
    assert f'value="{metrics["wape"]!r}"' in html
