"""``python -m training.forecast`` as a child process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from tests.training.conftest import ROOT, Job, environment
from training.artifact import Artifact, ForecastRequest


def run_forecast(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "training.forecast", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)


def test_it_writes_what_the_artifact_forecasts(job: Job, artifact: Artifact, tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "forecasts.parquet"
    done = run_forecast("--model", job.out_dir, "--data", job.data, "--horizon", 7, "--out", file)
    assert done.returncode == 0, done.stderr
    table = pq.read_table(file)
    assert table.column_names == ["store_id", "item_id", "date", "mean", "0.1", "0.5", "0.9"]
    rows = table.to_pydict()
    keys = list(dict.fromkeys(zip(rows["store_id"], rows["item_id"], strict=True)))
    assert len(keys) == len(artifact.series)
    stores, items = zip(*keys, strict=True)
    expected = artifact.forecast(ForecastRequest(store_ids=stores, item_ids=items, horizon=7, quantiles=(0.9,)))
    np.testing.assert_array_equal(np.float32(rows["mean"]), expected.mean.ravel())
    np.testing.assert_array_equal(np.float32(rows["0.9"]), expected.quantiles.ravel())
    assert np.array_equal(np.array(rows["date"], "datetime64[D]"), expected.dates.ravel())
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_missing_model_ends_with_1(job: Job, tmp_path: Path) -> None:
    done = run_forecast("--model", tmp_path, "--data", job.data, "--out", tmp_path / "f.parquet")
    assert done.returncode == 1
    assert "holds no model" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_horizon_beyond_the_models_ends_with_2(job: Job, tmp_path: Path) -> None:
    done = run_forecast("--model", job.out_dir, "--data", job.data, "--out", tmp_path / "f.parquet", "--horizon", 29)
    assert done.returncode == 2
    assert "not from 1 to 28" in done.stderr


def test_unusable_data_ends_with_6_and_leaves_no_file(job: Job, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    done = run_forecast("--model", job.out_dir, "--data", tmp_path / "data", "--out", tmp_path / "f.parquet")
    assert done.returncode == 6
    assert not (tmp_path / "f.parquet").exists()
