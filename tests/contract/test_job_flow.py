"""The official SDK submits command jobs, streams them, downloads what they left, and cancels them."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from azure.ai.ml import Input, Output, command
from azure.ai.ml.entities import Data, Environment, Model
from azure.ai.ml.exceptions import JobException
from azure.core.exceptions import HttpResponseError

from tests.contract.conftest import PROGRAMS, TRAIN_IMAGE
from tests.contract.polling import until

pytestmark = pytest.mark.contract

_LINE = "python train.py --data ${{inputs.data}} --out_dir ${{outputs.model_out}} --exit ${{inputs.code}}"


@pytest.fixture
def data(folder: Callable[..., Path]) -> Path:
    return folder("panel", "sales.csv")


@pytest.fixture
def finish(client: Any) -> Callable[[Any], None]:
    """Waits until a job has ended."""
    return lambda job: until(lambda: client.jobs.get(job.name).status in {"Completed", "Failed", "Canceled"})


def training(data: object, exit_code: int = 0, **changes: Any) -> Any:
    """A job in the manner of the train-job template."""
    fields: dict[str, Any] = {
        "code": str(PROGRAMS / "code"),
        "command": _LINE,
        "environment": Environment(image=TRAIN_IMAGE),
        "compute": "cpu-cluster",
        "experiment_name": "retail",
        "inputs": {"data": Input(type="uri_folder", path=str(data)), "code": exit_code},
        "outputs": {"model_out": Output(type="mlflow_model")},
    }
    return command(**{**fields, **changes})


def test_a_job_runs_and_hands_over_its_model(
    client: Any, data: Path, tmp_path: Path, finish: Callable[[Any], None]
) -> None:
    job = client.jobs.create_or_update(training(data, tags={"sha": "abc"}))
    finish(job)
    found = client.jobs.get(job.name)
    assert (found.status, found.tags, found.experiment_name) == ("Completed", {"sha": "abc"}, "retail")
    client.jobs.download(job.name, download_path=tmp_path, output_name="model_out")
    weights = json.loads((tmp_path / "named-outputs/model_out/weights.json").read_text())
    assert weights == {"run": job.name}
    model = Model(name="from-job", path=f"azureml://jobs/{job.name}/outputs/model_out", type="mlflow_model")
    registered = client.models.create_or_update(model)
    assert (registered.version, registered.job_name) == ("1", job.name)
    assert f"/azureml/{job.name}/model_out" in registered.path


def test_a_log_streams_while_the_job_runs(
    client: Any, data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    mark = tmp_path / "go-on"
    line = f"echo from the job; until test -e {mark}; do sleep 0.1; done; echo at its end"
    job = client.jobs.create_or_update(training(data, command=line, inputs={}, outputs={}))
    seen: list[str] = []

    def streamed() -> bool:
        seen.append(capfd.readouterr().out)
        return "from the job" in "".join(seen)

    with ThreadPoolExecutor(1) as pool:
        streaming = pool.submit(client.jobs.stream, job.name)
        until(streamed)
        mark.touch()
        streaming.result()
    assert client.jobs.get(job.name).status == "Completed"


def test_logs_and_artifacts_are_downloaded_without_an_output_name(
    client: Any, data: Path, tmp_path: Path, finish: Callable[[Any], None]
) -> None:
    job = client.jobs.create_or_update(training(data))
    finish(job)
    client.jobs.download(job.name, download_path=tmp_path)
    assert (tmp_path / "artifacts/user_logs/std_log.txt").read_text().startswith("training on")
    assert (tmp_path / "artifacts/outputs/note.txt").read_text() == "kept with the run"


def test_a_failing_script_fails_the_job_with_its_last_lines(client: Any, data: Path) -> None:
    job = client.jobs.create_or_update(training(data, exit_code=6))
    with pytest.raises(JobException, match=r"exited with status code 6[\s\S]*training on"):
        client.jobs.stream(job.name)
    assert client.jobs.get(job.name).status == "Failed"


def test_a_job_reads_a_registered_data_asset(
    client: Any, data: Path, tmp_path: Path, finish: Callable[[Any], None]
) -> None:
    client.data.create_or_update(Data(name="panel", version="1", path=str(data), type="uri_folder"))
    job = client.jobs.create_or_update(training("azureml:panel:1"))
    finish(job)
    client.jobs.download(job.name, download_path=tmp_path)
    assert "sales.csv" in (tmp_path / "artifacts/user_logs/std_log.txt").read_text()


def test_a_cancelled_job_ends_with_its_whole_process_tree(client: Any, data: Path, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    line = f"(sleep 300 & echo $! > {mark}; wait)"
    job = client.jobs.create_or_update(training(data, command=line, inputs={}, outputs={}))
    until(lambda: mark.is_file() and bool(mark.read_text().strip()))
    client.jobs.begin_cancel(job.name).result()
    assert client.jobs.get(job.name).status == "Canceled"
    until(lambda: not Path(f"/proc/{mark.read_text().strip()}").exists())


def test_an_image_that_nothing_stands_for_fails_the_job_by_name(client: Any, data: Path) -> None:
    job = client.jobs.create_or_update(training(data, environment=Environment(image="docker.io/other/thing:1")))
    with pytest.raises(JobException, match=r"Nothing here stands for the image 'docker.io/other/thing:1'"):
        client.jobs.stream(job.name)


def test_a_distributed_job_is_refused_by_name(client: Any, data: Path) -> None:
    spread = training(data, distribution={"type": "PyTorch", "process_count_per_instance": 2})
    with pytest.raises(HttpResponseError, match="does not run distributed jobs"):
        client.jobs.create_or_update(spread)


def test_jobs_are_listed_and_archived(client: Any, data: Path, finish: Callable[[Any], None]) -> None:
    job = client.jobs.create_or_update(training(data))
    finish(job)
    assert job.name in [each.name for each in client.jobs.list()]
    client.jobs.archive(job.name)
    assert job.name not in [each.name for each in client.jobs.list()]


def test_an_unchanged_snapshot_is_not_uploaded_again(client: Any, data: Path) -> None:
    first = client.jobs.create_or_update(training(data))
    second = client.jobs.create_or_update(training(data))
    assert first.code == second.code
