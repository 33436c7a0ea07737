"""The model folder in a plain MLflow environment: ``mlflow.pyfunc.load_model`` in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.training.conftest import Job, environment
from training.artifact import Artifact, ForecastRequest, Points

SCRIPT = """
import json, sys
import mlflow.pyfunc, pandas as pd
model = mlflow.pyfunc.load_model(sys.argv[1])
import training
series = pd.DataFrame(json.loads(sys.argv[2]), columns=["store_id", "item_id"])
plain = model.predict(series, params={"horizon": 5, "quantiles": [0.25, 0.9]})
day = pd.Timestamp(sys.argv[3])
changed = model.predict(series.assign(date=day, sales=50.0, price=1.5, event_name="Easter"), params={"horizon": 5})
print(json.dumps({
    "code": training.__file__,
    "libraries": sorted(set(sys.modules) & {"lightgbm", "sklearn"}),
    "columns": list(plain.columns), "plain": plain.astype({"date": str}).values.tolist(),
    "dates": sorted(set(changed["date"].dt.strftime("%Y-%m-%d"))), "changed": changed["mean"].tolist(),
}))
"""


@pytest.fixture(scope="module")
def answer(job: Job, artifact: Artifact, tmp_path_factory: pytest.TempPathFactory) -> dict:
    asked = json.dumps(list(artifact.series)[:3])
    command = [sys.executable, "-c", SCRIPT, str(job.out_dir), asked, str(artifact.origin)]
    folder = tmp_path_factory.mktemp("elsewhere")
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_it_runs_on_the_code_that_came_with_it(answer: dict, job: Job) -> None:
    assert Path(answer["code"]).is_relative_to(job.out_dir)
    assert answer["libraries"] == []


def test_it_predicts_what_the_artifact_forecasts(answer: dict, artifact: Artifact) -> None:
    stores, items = zip(*list(artifact.series)[:3], strict=True)
    levels = (0.25, 0.9)
    expected = artifact.forecast(ForecastRequest(store_ids=stores, item_ids=items, horizon=5, quantiles=levels))
    assert answer["columns"] == ["store_id", "item_id", "date", "mean", "0.25", "0.9"]
    figures = np.array([row[3:] for row in answer["plain"]], float).reshape(3, 5, 3)
    np.testing.assert_allclose(figures[:, :, 0], expected.mean, rtol=1e-6)
    np.testing.assert_allclose(np.moveaxis(figures[:, :, 1:], 2, 1), expected.quantiles, rtol=1e-6)
    assert [row[2][:10] for row in answer["plain"][:5]] == expected.dates[0].astype(str).tolist()


def test_rows_with_a_date_are_history_and_known_values(answer: dict, artifact: Artifact) -> None:
    stores, items = zip(*list(artifact.series)[:3], strict=True)
    rows, day = np.arange(3), np.repeat(artifact.origin, 3)

    def points(value: float) -> Points:
        return Points(rows, day, np.full(3, value, np.float32))

    event = artifact.predictor.spec.event_code("Easter")
    expected = artifact.forecast(
        ForecastRequest(
            store_ids=stores, item_ids=items, horizon=5, history=points(50), price=points(1.5), event=points(event)
        )
    )
    assert answer["dates"][0] == str(artifact.origin + 1)
    np.testing.assert_allclose(np.reshape(answer["changed"], (3, 5)), expected.mean, rtol=1e-6)


def test_the_environment_files_name_what_the_loader_imports(job: Job) -> None:
    requirements = (job.out_dir / "requirements.txt").read_text().split()
    assert [line.split("==")[0] for line in requirements] == ["mlflow", "numpy", "pandas"]
    assert "requirements.txt" in (job.out_dir / "python_env.yaml").read_text()
    assert requirements[0] in (job.out_dir / "conda.yaml").read_text()


def test_nothing_in_the_model_is_pickled(job: Job) -> None:
    names = {path.suffix for path in job.out_dir.rglob("*") if path.is_file()}
    assert names <= {"", ".json", ".npy", ".py", ".txt", ".yaml", ".md", ".pyc", ".html"}
    for file in job.out_dir.rglob("*.npy"):
        assert np.load(file, allow_pickle=False).dtype != object
