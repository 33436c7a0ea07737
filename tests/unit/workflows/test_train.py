"""Train sends what it rendered, follows it, and leaves on the job what later steps need."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from retailctl.domain import tags
from retailctl.domain.resources import Compute
from retailctl.errors import InvalidData, InvalidInput, JobFailed, ResourceNotFound
from retailctl.workflows.events import LogLine, Underway
from retailctl.workflows.project_images import known_image
from retailctl.workflows.train import TrainRequest, TrainResult, train
from tests.unit.workflows.fakes import Shop
from tests.unit.workflows.trained import commit, data_folder, script


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A project with data, and a job that will complete."""
    shop = Shop(tmp_path / "project", data=str(data_folder(tmp_path / "data")))
    shop.world.next_job = script()
    shop.world.computes["gpu-cluster"] = Compute("gpu-cluster", "AmlCompute", "Standard_NC6s_v3", "Succeeded")
    return shop


def sent(result: TrainResult) -> dict[str, object]:
    """The job's YAML."""
    content = yaml.safe_load(result.file.read_text())
    assert isinstance(content, dict)
    return content


def test_the_job_runs_the_reference_s_command_on_the_data(shop: Shop) -> None:
    result = train(shop.tools, TrainRequest())
    job = sent(result)
    assert job["command"] == "python training/train.py --data ${{inputs.train_data}} --out_dir ${{outputs.model_out}}"
    assert job["inputs"] == {"train_data": {"type": "uri_folder", "path": shop.tools.settings.data}}
    assert job["compute"] == "azureml:cpu-cluster"
    assert job["environment"] == {"image": result.image}
    assert "@sha256:" in result.image
    assert (result.status, result.exit_code, result.planned) == ("Completed", 0, False)


def test_the_snapshot_holds_training_and_nothing_else(shop: Shop) -> None:
    root = shop.tools.project.root
    code = Path(str(sent(train(shop.tools, TrainRequest()))["code"]))
    assert [entry.name for entry in code.iterdir()] == ["training"]
    assert (code / "training" / "__init__.py").is_file()
    assert not list(code.rglob("__pycache__"))
    assert root in code.parents


def test_what_later_steps_need_is_on_the_job(shop: Shop) -> None:
    result = train(shop.tools, TrainRequest())
    written = shop.world.jobs[str(result.job)].tags
    assert written[tags.TRAINS] == "retail-forecast"
    assert written[tags.DATA] == shop.tools.settings.data
    assert written[tags.IMAGE] == result.image
    assert written[tags.INFER_IMAGE] == known_image(shop.tools, "infer").reference.text
    assert len(written[tags.INPUTS]) == 64


def test_two_jobs_at_once_have_files_of_their_own(shop: Shop) -> None:
    one, two = (train(shop.tools, TrainRequest((f"seed={seed}",), wait=False)) for seed in (1, 2))
    assert one.job != two.job
    assert "--seed 1" in str(sent(one)["command"])
    assert "--seed 2" in str(sent(two)["command"])


def test_the_same_inputs_have_the_same_digest_and_others_another(shop: Shop, tmp_path: Path) -> None:
    def inputs(*sets: str) -> str:
        name = train(shop.tools, TrainRequest(sets, wait=False)).job
        return shop.world.jobs[str(name)].tags[tags.INPUTS]

    first = inputs()
    assert inputs() == first
    assert inputs("seed=1") != first
    assert inputs("compute=azureml:gpu-cluster") != first
    (tmp_path / "data" / "sales.csv").write_text("other\n")
    assert inputs() != first


def test_the_revision_reaches_the_job_and_is_no_input(shop: Shop) -> None:
    root = shop.tools.project.root
    before = train(shop.tools, TrainRequest(wait=False))
    assert before.git_sha is None
    assert "environment_variables" not in sent(before)
    commit(root)
    after = train(shop.tools, TrainRequest(wait=False))
    assert after.git_sha is not None
    assert sent(after)["environment_variables"] == {"RETAILCTL_CODE_REVISION": after.git_sha}
    one, two = (shop.world.jobs[str(result.job)].tags for result in (before, after))
    assert two[tags.GIT_SHA] == after.git_sha
    assert one[tags.INPUTS] == two[tags.INPUTS]


def test_the_log_is_followed_and_what_goes_on_is_told(shop: Shop) -> None:
    result = train(shop.tools, TrainRequest())
    assert [event.text for event in shop.events if isinstance(event, LogLine)] == ["training", "done"]
    assert Underway(f"job {result.job}", f"retailctl job stream {result.job}") in shop.events


def test_a_compute_that_is_not_there_is_named_before_anything_is_uploaded(shop: Shop) -> None:
    with pytest.raises(ResourceNotFound, match="nope"):
        train(shop.tools, TrainRequest(("compute=azureml:nope",)))
    assert shop.world.writes() == []


def test_a_compute_outside_the_workspace_is_not_looked_for(shop: Shop) -> None:
    assert train(shop.tools, TrainRequest(("compute=serverless",))).status == "Completed"


def test_without_waiting_the_next_command_follows_the_job(shop: Shop) -> None:
    result = train(shop.tools, TrainRequest(wait=False))
    assert result.status == "Starting"
    assert result.next == f"retailctl job stream {result.job}"
    assert "jobs.log_chunks" not in shop.world.calls


def test_a_dry_run_renders_and_sends_nothing(shop: Shop) -> None:
    result = train(shop.tools, TrainRequest(dry_run=True))
    assert (result.job, result.status, result.planned) == (None, "Planned", True)
    assert sent(result)["experiment_name"] == "retail-demand-forecast"
    assert shop.world.calls == []


def test_a_job_that_fails_ends_with_its_last_lines_and_its_code(shop: Shop) -> None:
    shop.world.next_job = script(status="Failed", log=("half way\nout of luck\n",), exit_code=6)
    with pytest.raises(JobFailed) as caught:
        train(shop.tools, TrainRequest())
    assert "out of luck" in f"{caught.value.message} {caught.value.reason} {caught.value.details}"
    assert "retailctl job logs" in caught.value.hint


def test_set_reaches_the_job_s_fields_and_the_script_s_options(shop: Shop) -> None:
    sets = ("compute=azureml:gpu-cluster", "seed=1", "limits.timeout=3600", "note=two words", "tags.team=planning")
    job = sent(train(shop.tools, TrainRequest(sets)))
    assert job["compute"] == "azureml:gpu-cluster"
    assert job["limits"] == {"timeout": 3600}
    assert str(job["command"]).endswith("${{outputs.model_out}} --seed 1 --note 'two words'")
    assert job["tags"]["team"] == "planning"  # type: ignore[index]


def test_set_of_the_data_or_the_image_is_as_good_as_its_flag(shop: Shop) -> None:
    shop.tools.settings = replace(shop.tools.settings, data=None)
    image = "r.example/t@sha256:" + "b" * 64
    path = "azureml://datastores/workspaceblobstore/paths/sales/"
    result = train(shop.tools, TrainRequest((f"inputs.train_data.path={path}", f"environment.image={image}")))
    assert (result.data, result.image) == (path, image)
    written = shop.world.jobs[str(result.job)].tags
    assert (written[tags.DATA], written[tags.IMAGE]) == (path, image)


def test_a_registered_environment_can_stand_for_the_image(shop: Shop) -> None:
    result = train(shop.tools, TrainRequest(("environment=azureml:retail-train-env:3",)))
    assert sent(result)["environment"] == result.image == "azureml:retail-train-env:3"


@pytest.mark.parametrize("text", ["comput=x", "environmet.image=x", "seed", "a.b=1", "Seed=1"])
def test_a_set_that_is_neither_is_refused(shop: Shop, text: str) -> None:
    with pytest.raises(InvalidInput, match="--set"):
        train(shop.tools, TrainRequest((text,)))
    assert shop.world.calls == []


@pytest.mark.parametrize(
    ("data", "error"),
    [(None, InvalidInput), ("nowhere", InvalidData), ("azureml:sales@latest", InvalidInput)],
)
def test_data_that_cannot_be_is_refused_before_anything_is_sent(
    shop: Shop, data: str | None, error: type[Exception]
) -> None:
    shop.tools.settings = replace(shop.tools.settings, data=data)
    with pytest.raises(error):
        train(shop.tools, TrainRequest())
    assert shop.world.calls == []


def test_a_folder_without_data_is_refused(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "data" / "sales.csv").rename(tmp_path / "data" / "_sales.csv")
    (tmp_path / "data" / "notes.txt").write_text("x")
    with pytest.raises(InvalidData, match="holds no training data"):
        train(shop.tools, TrainRequest())


def test_a_registered_data_set_is_passed_on_as_it_is(shop: Shop) -> None:
    shop.tools.settings = replace(shop.tools.settings, data="azureml:retail-sales:3")
    result = train(shop.tools, TrainRequest())
    assert sent(result)["inputs"] == {"train_data": {"type": "uri_folder", "path": "azureml:retail-sales:3"}}


def test_a_folder_in_a_profile_is_relative_to_the_project(shop: Shop, tmp_path: Path) -> None:
    origins = {"data": "profile dev (retailctl.toml)"}
    shop.tools.settings = replace(shop.tools.settings, data="../data", origins=origins)
    assert train(shop.tools, TrainRequest()).data == str(tmp_path / "data")


def test_an_image_of_one_s_own_must_be_pinned(shop: Shop) -> None:
    digest = "sha256:" + "b" * 64
    assert train(shop.tools, TrainRequest(image=f"r.example/t@{digest}")).image == f"r.example/t@{digest}"
    with pytest.raises(InvalidInput, match="is not pinned"):
        train(shop.tools, TrainRequest(image="r.example/t:latest"))
