"""``training/train.py`` as a child process: exit codes, files, log and what MLflow gets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training.conftest import QUICK, REVISION, ROOT, Job, environment, run_train
from training.artifact import Artifact


def test_the_job_ends_with_the_verdict(job: Job) -> None:
    *_, last = job.log.strip().splitlines()
    assert last.startswith("Verdict: the model beats the seasonal naive (WAPE -")
    assert "does not beat" not in last


def test_metrics_json_is_flat_and_holds_the_baselines(job: Job) -> None:
    metrics = json.loads((job.out_dir / "metrics.json").read_text())
    assert all(isinstance(value, float) for value in metrics.values())
    for measure in ("wape", "bias", "mase", "rmsse", "wrmsse", "wspl"):
        assert {measure, f"{measure}_seasonal_naive", f"{measure}_mean28"} <= set(metrics)
    assert metrics["wape"] < metrics["wape_seasonal_naive"]
    assert metrics["backtest_origins"] == 3


def test_backtest_json_has_every_store_category_and_step(job: Job) -> None:
    rows = json.loads((job.out_dir / "backtest.json").read_text())["scores"]
    of_model = {(row["by"], row["value"]) for row in rows if row["method"] == "model"}
    assert {("step", str(step)) for step in range(1, 29)} <= of_model
    assert {by for by, _ in of_model} == {"all", "origin", "level", "store_id", "cat_id", "dept_id", "step"}
    assert sum(by == "store_id" for by, _ in of_model) == 2
    assert {row["method"] for row in rows} == {"model", "seasonal_naive", "mean28"}


def test_the_manifest_says_where_the_model_came_from(job: Job, artifact: Artifact) -> None:
    manifest = artifact.manifest
    assert manifest.code_revision == REVISION
    assert len(manifest.data_fingerprint) == 64
    assert set(manifest.versions) == {"python", "lightgbm", "numpy", "scikit-learn"}
    assert manifest.parameters["iterations"] == 60
    assert manifest.metrics == json.loads((job.out_dir / "metrics.json").read_text())


def test_the_same_data_and_seed_give_the_same_bytes(job: Job, tmp_path: Path) -> None:
    done = run_train(
        "--data", job.data, "--out_dir", tmp_path, *QUICK, "--workers", "1", RETAILCTL_CODE_REVISION=REVISION
    )
    assert done.returncode == 0, done.stderr
    files = sorted(path.name for path in (job.out_dir / "artifact").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "artifact").iterdir())
    for name in files:
        assert (tmp_path / "artifact" / name).read_bytes() == (job.out_dir / "artifact" / name).read_bytes(), name


def ask_mlflow(uri: str, code: str) -> object:
    """The value that a piece of code prints as JSON, in a process of its own that tracks to this store."""
    variables = environment(MLFLOW_TRACKING_URI=uri, MLFLOW_ALLOW_FILE_STORE="true")
    command = [sys.executable, "-c", "import json, mlflow\nclient = mlflow.MlflowClient()\n" + code]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def test_mlflow_gets_parameters_metrics_tags_and_plots(job: Job) -> None:
    code = """
run, = mlflow.search_runs(search_all_experiments=True, output_format="list")
files = [file.path for path in (None, "plots") for file in client.list_artifacts(run.info.run_id, path)]
steps = client.get_metric_history(run.info.run_id, "step_wape")
print(json.dumps([run.info.status, run.data.params, run.data.metrics, run.data.tags, files, len(steps)]))
"""
    status, params, metrics, tags, files, steps = ask_mlflow(job.tracking_uri, code)
    assert status == "FINISHED"
    assert params["iterations"] == "60"
    assert metrics["wape"] == json.loads((job.out_dir / "metrics.json").read_text())["wape"]
    assert tags["git_revision"] == REVISION
    assert "data_fingerprint" in tags
    assert steps == 28
    names = ("total", "best", "typical", "worst", "error_by_horizon", "bias_by_group", "coverage", "feature_importance")
    assert {f"plots/{name}.svg" for name in names} <= set(files)
    assert {"report.html", "backtest.json", "feature_importance.csv"} <= set(files)


def test_a_run_that_the_platform_started_is_continued(job: Job, tmp_path: Path) -> None:
    uri = (tmp_path / "runs").as_uri()
    run_id = ask_mlflow(uri, 'print(json.dumps(client.create_run(client.create_experiment("jobs")).info.run_id))')
    done = run_train(
        *("--data", job.data, "--out_dir", tmp_path / "model", *QUICK, "--iterations", "2", "--backtest_origins", "1"),
        MLFLOW_TRACKING_URI=uri,
        MLFLOW_RUN_ID=str(run_id),
    )
    assert done.returncode == 0, done.stderr
    code = """
runs = mlflow.search_runs(search_all_experiments=True, output_format="list")
print(json.dumps([[run.info.run_id, run.data.params["iterations"]] for run in runs]))
"""
    assert ask_mlflow(uri, code) == [[run_id, "2"]]
    assert f"run_id: {run_id}" in (tmp_path / "model" / "MLmodel").read_text()


def test_a_tracking_server_that_fails_costs_a_warning(job: Job, tmp_path: Path) -> None:
    done = run_train(
        *("--data", job.data, "--out_dir", tmp_path, *QUICK, "--iterations", "2", "--backtest_origins", "1"),
        MLFLOW_TRACKING_URI="http://127.0.0.1:1",
        MLFLOW_HTTP_REQUEST_MAX_RETRIES="0",
    )
    assert done.returncode == 0
    assert "warning: MLflow did not take the run" in done.stderr
    assert (tmp_path / "MLmodel").is_file()


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--horizon", "0", "'0' is not a whole number from 1 to 180"),
        ("--quantiles", "0.5,1.5", "'0.5,1.5' is not a list of different levels"),
        ("--max_leaf_nodes", "65", "from 2 to 64"),
        ("--learning_rate", "nan", "'nan' is not a number"),
        ("--no_such_option", "1", "unrecognized arguments"),
    ],
)
def test_a_wrong_option_ends_with_2(option: str, value: str, expected: str, tmp_path: Path) -> None:
    done = run_train("--data", tmp_path, "--out_dir", tmp_path, option, value)
    assert done.returncode == 2
    assert expected in done.stderr


def test_unusable_data_ends_with_6_and_names_the_cell(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("store_id,item_id,date,sales\nnorth,tea,2024-01-01,-3\n")
    done = run_train("--data", tmp_path, "--out_dir", tmp_path / "out")
    assert done.returncode == 6
    assert "a.csv" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out" / "MLmodel").exists()


def test_too_little_history_ends_with_6_and_says_how_much_is_needed(tmp_path: Path) -> None:
    days = "".join(f"north,tea,2024-01-{day:02},{day}\n" for day in range(1, 31))
    (tmp_path / "a.csv").write_text("store_id,item_id,date,sales\n" + days)
    done = run_train("--data", tmp_path, "--out_dir", tmp_path / "out")
    assert done.returncode == 6
    assert "30 days from the first sale" in done.stderr
    assert "at least 56" in done.stderr


def test_an_output_folder_that_cannot_be_made_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run_train("--data", tmp_path, "--out_dir", tmp_path / "file")
    assert done.returncode == 1
    assert "cannot be read or written" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_runs_as_a_module_too(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "training.train", "--data", str(tmp_path), "--out_dir", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 6
