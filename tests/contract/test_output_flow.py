"""What jobs put out, used further by the official SDK: as models, as inputs of other jobs, as registered assets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azure.ai.ml import Input, Output, command
from azure.ai.ml.entities import Environment, Model
from azure.core.exceptions import HttpResponseError

from tests.contract.conftest import TRAIN_IMAGE
from tests.contract.polling import until

pytestmark = pytest.mark.contract

_MAKE = "echo art > outputs/art.txt && echo w > ${{outputs.model}}/w.bin && echo f > ${{outputs.file}}"
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def run(client: Any) -> Run:
    """Runs a command to its end."""

    def submit(line: str, **changes: Any) -> Any:
        job = command(command=line, environment=Environment(image=TRAIN_IMAGE), compute="cpu-cluster", **changes)
        name = client.jobs.create_or_update(job).name
        until(lambda: client.jobs.get(name).status in {"Completed", "Failed", "Canceled"})
        return client.jobs.get(name)

    return submit


@pytest.fixture(scope="module")
def job(run: Run) -> Any:
    """A completed job with a folder, a file and an artifact."""
    ended = run(_MAKE, outputs={"model": Output(type="custom_model"), "file": Output(type="uri_file")})
    assert ended.status == "Completed"
    return ended


@pytest.mark.parametrize(
    "path",
    [
        "azureml://jobs/{job}/outputs/model",
        "azureml://jobs/{job}/outputs/model/paths/w.bin",
        "azureml://jobs/{job}/outputs/artifacts/paths/outputs/art.txt",
        "runs:/{job}/outputs",
    ],
)
def test_a_model_is_made_of_what_a_job_put_out(client: Any, job: Any, tmp_path: Path, path: str) -> None:
    made = client.models.create_or_update(Model(name="handed-over", path=path.format(job=job.name)))
    assert client.models.get("handed-over", made.version).job_name == job.name
    client.models.download("handed-over", made.version, tmp_path)
    assert [each for each in tmp_path.rglob("*") if each.is_file()]


def test_an_output_that_the_job_does_not_have_is_refused(client: Any, job: Any) -> None:
    with pytest.raises(HttpResponseError, match="output 'other' of job"):
        client.models.create_or_update(Model(name="none", path=f"azureml://jobs/{job.name}/outputs/other"))


def test_one_output_is_downloaded_alone_and_everything_together(client: Any, job: Any, tmp_path: Path) -> None:
    client.jobs.download(job.name, download_path=tmp_path / "one", output_name="file")
    assert _files(tmp_path / "one") == {"named-outputs/file/file"}
    client.jobs.download(job.name, download_path=tmp_path / "all", all=True)
    assert _files(tmp_path / "all") >= {
        "artifacts/outputs/art.txt",
        "artifacts/user_logs/std_log.txt",
        "named-outputs/file/file",
        "named-outputs/model/w.bin",
    }


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("kind", "path", "wanted"),
    [
        ("custom_model", "azureml://jobs/{job}/outputs/model", "w.bin"),
        ("uri_folder", "azureml://datastores/workspaceblobstore/paths/azureml/{job}/model", "w.bin"),
        ("uri_file", "azureml://jobs/{job}/outputs/model/paths/w.bin", "w.bin"),
        ("uri_folder", "azureml://jobs/{job}/outputs/artifacts/paths/outputs", "art.txt"),
    ],
)
@pytest.mark.parametrize("mode", ["ro_mount", "download"])
def test_a_job_reads_what_another_put_out(
    client: Any, run: Run, job: Any, tmp_path: Path, kind: str, path: str, wanted: str, mode: str
) -> None:
    given = Input(type=kind, path=path.format(job=job.name), mode=mode)
    ended = run("find -L ${{inputs.x}} -type f", inputs={"x": given})
    client.jobs.download(ended.name, download_path=tmp_path)
    assert ended.status == "Completed"
    assert wanted in (tmp_path / "artifacts/user_logs/std_log.txt").read_text()


def test_an_output_with_a_name_is_registered_when_the_job_completes(client: Any, run: Run) -> None:
    ended = run(
        "echo 1 > ${{outputs.data}}/x && echo 2 > ${{outputs.model}}/y",
        outputs={
            "data": Output(type="uri_folder", name="made-data", version="7"),
            "model": Output(type="custom_model", name="made-model"),
        },
    )
    assert ended.status == "Completed"
    assert client.data.get("made-data", "7").type == "uri_folder"
    assert client.models.get("made-model", label="latest").job_name == ended.name


def test_an_output_of_a_job_that_fails_is_not_registered(client: Any, run: Run) -> None:
    ended = run("exit 3", outputs={"model": Output(type="custom_model", name="never-made")})
    assert ended.status == "Failed"
    assert "never-made" not in [each.name for each in client.models.list()]


def test_jobs_are_listed_by_tag(client: Any, run: Run) -> None:
    tagged = run("true", tags={"season": "winter"})
    assert [each.name for each in client.jobs.list(tag="season")] == [tagged.name]
    assert [each.name for each in client.jobs.list(tag="season=summer")] == []
